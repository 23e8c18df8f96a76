// about: the last rank finalizes and calls exit in the middle of the program, while rank 0 waits for its part
// verdict: deadlock
// ranks: 2 3 4 8
// lines: 12 MPI_Finalize, 27 MPI_Recv

#include <mpi.h>
#include <stdlib.h>
#include <string.h>

static void leave(void)
{
    MPI_Finalize();
    exit(0);
}

int main(int argc, char **argv)
{
    int wrong = argc > 1 && strcmp(argv[1], "wrong") == 0;
    int rank, size;
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    float part = rank;
    if (wrong && rank == size - 1)
        leave();
    if (rank == 0)
        MPI_Recv(&part, 1, MPI_FLOAT, size - 1, 0, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
    if (rank == size - 1)
        MPI_Send(&part, 1, MPI_FLOAT, 0, 0, MPI_COMM_WORLD);
    MPI_Finalize();
    return 0;
}
