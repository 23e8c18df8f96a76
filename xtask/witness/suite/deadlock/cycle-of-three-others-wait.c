// about: ranks 0, 1 and 2 send synchronously in a circle, and all others wait for rank 0, which they cannot help
// verdict: deadlock
// ranks: 3 4 8
// lines: 20 MPI_Ssend

#include <mpi.h>
#include <string.h>

int main(int argc, char **argv)
{
    int wrong = argc > 1 && strcmp(argv[1], "wrong") == 0;
    int rank, size;
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    int ball = 0, done = 1;
    if (rank < 3) {
        int next = (rank + 1) % 3, previous = (rank + 2) % 3;
        if (wrong || rank == 0)
            MPI_Ssend(&ball, 1, MPI_INT, next, 0, MPI_COMM_WORLD);
        MPI_Recv(&ball, 1, MPI_INT, previous, 0, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
        if (!wrong && rank > 0)
            MPI_Ssend(&ball, 1, MPI_INT, next, 0, MPI_COMM_WORLD);
    } else {
        MPI_Recv(&done, 1, MPI_INT, 0, 1, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
    }
    for (int to = 3; rank == 0 && to < size; to++)
        MPI_Send(&done, 1, MPI_INT, to, 1, MPI_COMM_WORLD);
    MPI_Finalize();
    return 0;
}
