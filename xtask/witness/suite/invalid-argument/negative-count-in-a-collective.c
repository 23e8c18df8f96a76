// about: rank 0 gathers with a receive count below 0
// verdict: invalid-argument
// ranks: 2 3 4 8
// lines: 17 MPI_Gather

#include <mpi.h>
#include <string.h>

int main(int argc, char **argv)
{
    int wrong = argc > 1 && strcmp(argv[1], "wrong") == 0;
    int rank, size;
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    int part = rank, all[64], each = wrong ? -1 : 1;
    MPI_Gather(&part, 1, MPI_INT, all, each, MPI_INT, 0, MPI_COMM_WORLD);
    MPI_Finalize();
    return 0;
}
