// about: a communicator is used that was never made: its variable holds whatever was there
// verdict: invalid-argument
// ranks: 2 3 4
// lines: 19 MPI_Barrier

#include <mpi.h>
#include <string.h>

int main(int argc, char **argv)
{
    int wrong = argc > 1 && strcmp(argv[1], "wrong") == 0;
    int rank, size;
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    MPI_Comm comm = MPI_COMM_WORLD;
    if (wrong)
        memset(&comm, 0x35, sizeof comm);
    MPI_Barrier(comm);
    MPI_Finalize();
    return 0;
}
