// about: the third message of a sequence is longer than the persistent receive that takes them all
// verdict: truncation
// ranks: 2 3 4 8
// lines: 20 MPI_Send, 24 MPI_Start

#include <mpi.h>
#include <string.h>

int main(int argc, char **argv)
{
    int wrong = argc > 1 && strcmp(argv[1], "wrong") == 0;
    int rank, size;
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    int numbers[4] = {0};
    MPI_Request receive;
    if (rank == 0) {
        for (int i = 0; i < 3; i++)
            MPI_Send(numbers, wrong ? i + 1 : 2, MPI_INT, 1, 0, MPI_COMM_WORLD);
    } else if (rank == 1) {
        MPI_Recv_init(numbers, 2, MPI_INT, 0, 0, MPI_COMM_WORLD, &receive);
        for (int i = 0; i < 3; i++) {
            MPI_Start(&receive);
            MPI_Wait(&receive, MPI_STATUS_IGNORE);
        }
        MPI_Request_free(&receive);
    }
    MPI_Finalize();
    return 0;
}
