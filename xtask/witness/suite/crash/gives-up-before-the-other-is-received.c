// about: rank 0 gives up because of whose message it took first, before it receives the other one
// verdict: crash
// ranks: 3 4 8
// lines: 21 MPI_Recv, 24 MPI_Abort

#include <mpi.h>
#include <string.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    int wrong = argc > 1 && strcmp(argv[1], "wrong") == 0;
    int rank, size, word;
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    word = rank;
    if (rank == 0) {
        // Here rank 1 comes last.
        int from = wrong ? MPI_ANY_SOURCE : 1;
        MPI_Recv(&word, 1, MPI_INT, from, 0, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
        MPI_Barrier(MPI_COMM_WORLD);
        if (word != 1)
            MPI_Abort(MPI_COMM_WORLD, 4);
        MPI_Recv(&word, 1, MPI_INT, 2, 0, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
    } else {
        MPI_Request sent = MPI_REQUEST_NULL;
        if (rank == 1)
            usleep(300000);
        if (rank < 3)
            MPI_Isend(&word, 1, MPI_INT, 0, 0, MPI_COMM_WORLD, &sent);
        MPI_Barrier(MPI_COMM_WORLD);
        MPI_Wait(&sent, MPI_STATUS_IGNORE);
    }
    MPI_Finalize();
    return 0;
}
