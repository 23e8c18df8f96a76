// about: the last rank adds to the reduction one element more than the others
// verdict: collective-mismatch
// ranks: 2 3 4 8
// lines: 18 MPI_Reduce

#include <mpi.h>
#include <string.h>

int main(int argc, char **argv)
{
    int wrong = argc > 1 && strcmp(argv[1], "wrong") == 0;
    int rank, size;
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    long part[5] = {1, 2, 3, 4, 5}, whole[5];
    int count = wrong && rank == size - 1 ? 5 : 4;
    MPI_Reduce(part, whole, count, MPI_LONG, MPI_SUM, 0, MPI_COMM_WORLD);
    MPI_Finalize();
    return 0;
}
