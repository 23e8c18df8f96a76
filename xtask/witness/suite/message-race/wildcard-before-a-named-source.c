// about: a receive from any source stands before one from rank 1, and hangs the program if it takes rank 1's message
// verdict: message-race
// ranks: 3 4 8
// lines: 19 MPI_Recv, 25 MPI_Send

#include <mpi.h>
#include <string.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    int wrong = argc > 1 && strcmp(argv[1], "wrong") == 0;
    int rank, size;
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    int word = rank;
    if (rank == 0) {
        MPI_Recv(&word, 1, MPI_INT, wrong ? MPI_ANY_SOURCE : 2, 0, MPI_COMM_WORLD,
                 MPI_STATUS_IGNORE);
        MPI_Recv(&word, 1, MPI_INT, 1, 0, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
    } else if (rank < 3) {
        if (rank == 1)
            usleep(400000);
        MPI_Send(&word, 1, MPI_INT, 0, 0, MPI_COMM_WORLD);
    }
    MPI_Finalize();
    return 0;
}
