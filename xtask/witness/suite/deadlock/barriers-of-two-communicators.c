// about: rank 0 calls a barrier on the world, and the others on a communicator of the same ranks in another order
// verdict: deadlock
// ranks: 2 3 4 8
// lines: 18 MPI_Barrier

#include <mpi.h>
#include <string.h>

int main(int argc, char **argv)
{
    int wrong = argc > 1 && strcmp(argv[1], "wrong") == 0;
    int rank, size;
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    MPI_Comm turned;
    MPI_Comm_split(MPI_COMM_WORLD, 0, -rank, &turned);
    MPI_Barrier(rank == 0 && wrong ? MPI_COMM_WORLD : turned);
    MPI_Comm_free(&turned);
    MPI_Finalize();
    return 0;
}
