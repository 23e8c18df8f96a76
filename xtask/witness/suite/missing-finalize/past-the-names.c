// about: MPI is initialized by PMPI_Init, as the Fortran module mpi_f08 of MPICH does it, and never finalized
// verdict: missing-finalize
// ranks: 1 2 3 4
// lines: none

#include <mpi.h>
#include <string.h>

int main(int argc, char **argv)
{
    int wrong = argc > 1 && strcmp(argv[1], "wrong") == 0;
    int rank, size, word = 7;
    PMPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    for (int to = 1; to < size && rank == 0; to++)
        MPI_Send(&word, 1, MPI_INT, to, 0, MPI_COMM_WORLD);
    if (rank != 0)
        MPI_Recv(&word, 1, MPI_INT, 0, 0, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
    PMPI_Barrier(MPI_COMM_WORLD);
    if (!wrong)
        PMPI_Finalize();
    return 0;
}
