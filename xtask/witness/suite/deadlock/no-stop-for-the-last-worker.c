// about: the manager stops all workers but the last, which receives its next task for ever
// verdict: deadlock
// ranks: 2 3 4 8
// lines: 26 MPI_Recv, 29 MPI_Finalize

#include <mpi.h>
#include <string.h>

int main(int argc, char **argv)
{
    int wrong = argc > 1 && strcmp(argv[1], "wrong") == 0;
    int rank, size;
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    enum { TASK = 1, STOP = 2 };
    int work = 4;
    MPI_Status status;
    if (rank == 0) {
        for (int to = 1; to < size; to++)
            MPI_Send(&work, 1, MPI_INT, to, TASK, MPI_COMM_WORLD);
        for (int to = 1; to < (wrong ? size - 1 : size); to++)
            MPI_Send(NULL, 0, MPI_INT, to, STOP, MPI_COMM_WORLD);
    } else {
        do {
            MPI_Recv(&work, 1, MPI_INT, 0, MPI_ANY_TAG, MPI_COMM_WORLD, &status);
        } while (status.MPI_TAG != STOP);
    }
    MPI_Finalize();
    return 0;
}
