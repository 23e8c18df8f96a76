// about: the last rank sends to the rank behind it, which is the size of the communicator
// verdict: invalid-argument
// ranks: 2 3 4 8
// lines: 20 MPI_Send

#include <mpi.h>
#include <string.h>

int main(int argc, char **argv)
{
    int wrong = argc > 1 && strcmp(argv[1], "wrong") == 0;
    int rank, size;
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    int word = rank, next = rank + 1;
    if (!wrong && next == size)
        next = MPI_PROC_NULL;
    if (rank == size - 1)
        MPI_Send(&word, 1, MPI_INT, next, 0, MPI_COMM_WORLD);
    MPI_Finalize();
    return 0;
}
