// about: both ranks of a pair receive from each other before either sends
// verdict: deadlock
// ranks: 2 3 4 8
// lines: 20 MPI_Recv

#include <mpi.h>
#include <string.h>

int main(int argc, char **argv)
{
    int wrong = argc > 1 && strcmp(argv[1], "wrong") == 0;
    int rank, size;
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    int peer = rank ^ 1, mine = rank, theirs = -1;
    if (peer < size) {
        if (!wrong && rank % 2 == 0)
            MPI_Send(&mine, 1, MPI_INT, peer, 0, MPI_COMM_WORLD);
        MPI_Recv(&theirs, 1, MPI_INT, peer, 0, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
        if (wrong || rank % 2 == 1)
            MPI_Send(&mine, 1, MPI_INT, peer, 0, MPI_COMM_WORLD);
    }
    MPI_Finalize();
    return 0;
}
