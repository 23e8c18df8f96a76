// about: ranks are counted from 1, so the last one as root is none
// verdict: invalid-argument
// ranks: 2 3 4 8
// lines: 17 MPI_Reduce

#include <mpi.h>
#include <string.h>

int main(int argc, char **argv)
{
    int wrong = argc > 1 && strcmp(argv[1], "wrong") == 0;
    int rank, size;
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    double sum, part = rank;
    MPI_Reduce(&part, &sum, 1, MPI_DOUBLE, MPI_SUM, wrong ? size : size - 1, MPI_COMM_WORLD);
    MPI_Finalize();
    return 0;
}
