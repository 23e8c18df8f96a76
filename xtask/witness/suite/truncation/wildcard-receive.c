// about: a receive from any source takes a message that is longer than its room
// verdict: truncation
// ranks: 2 3 4 8
// lines: 18 MPI_Send, 20 MPI_Recv

#include <mpi.h>
#include <string.h>

int main(int argc, char **argv)
{
    int wrong = argc > 1 && strcmp(argv[1], "wrong") == 0;
    int rank, size;
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    char text[32] = "a line of twenty chars";
    if (rank == size - 1)
        MPI_Send(text, 20, MPI_CHAR, 0, 4, MPI_COMM_WORLD);
    if (rank == 0)
        MPI_Recv(text, wrong ? 10 : 32, MPI_CHAR, MPI_ANY_SOURCE, MPI_ANY_TAG, MPI_COMM_WORLD,
                 MPI_STATUS_IGNORE);
    MPI_Finalize();
    return 0;
}
