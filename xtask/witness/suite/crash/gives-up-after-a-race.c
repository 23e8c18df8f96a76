// about: rank 0 gives up because the message that it takes first is not that of rank 1, which comes late
// verdict: crash
// ranks: 3 4 8
// lines: 20 MPI_Recv, 22 MPI_Abort

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
        for (int from = 1; from < 3; from++)
            MPI_Recv(&word, 1, MPI_INT, wrong ? MPI_ANY_SOURCE : from, 0, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
        if (word != 2)
            MPI_Abort(MPI_COMM_WORLD, 3);
    } else if (rank < 3) {
        if (rank == 1)
            usleep(300000);
        MPI_Send(&word, 1, MPI_INT, 0, 0, MPI_COMM_WORLD);
    }
    MPI_Finalize();
    return 0;
}
