// about: a copy of the handle of a communicator is used after the communicator was freed
// verdict: invalid-argument
// ranks: 2 3 4
// lines: 21 MPI_Barrier

#include <mpi.h>
#include <string.h>

int main(int argc, char **argv)
{
    int wrong = argc > 1 && strcmp(argv[1], "wrong") == 0;
    int rank, size;
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    MPI_Comm twin, copy;
    MPI_Comm_dup(MPI_COMM_WORLD, &twin);
    copy = twin;
    if (wrong)
        MPI_Comm_free(&twin);
    MPI_Barrier(copy);
    if (!wrong)
        MPI_Comm_free(&twin);
    MPI_Finalize();
    return 0;
}
