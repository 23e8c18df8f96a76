// about: all ranks end with status 2; in one of the two programs, rank 1 has not finalized MPI by then
// verdict: missing-finalize
// ranks: 2 3 4 8
// lines: none
// status: 2

#include <mpi.h>
#include <string.h>

int main(int argc, char **argv)
{
    int wrong = argc > 1 && strcmp(argv[1], "wrong") == 0;
    int rank;
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Barrier(MPI_COMM_WORLD);
    if (wrong && rank == 1)
        return 2;
    MPI_Finalize();
    return 2;
}
