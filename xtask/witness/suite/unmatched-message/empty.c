// about: a message without content, used as a signal, is sent once too often
// verdict: unmatched-message
// ranks: 2 3 4 8
// lines: 19 MPI_Send

#include <mpi.h>
#include <string.h>

int main(int argc, char **argv)
{
    int wrong = argc > 1 && strcmp(argv[1], "wrong") == 0;
    int rank, size;
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    int signals = wrong ? 3 : 2;
    if (rank == 0)
        for (int i = 0; i < signals; i++)
            MPI_Send(NULL, 0, MPI_BYTE, size - 1, 0, MPI_COMM_WORLD);
    if (rank == size - 1)
        for (int i = 0; i < 2; i++)
            MPI_Recv(NULL, 0, MPI_BYTE, 0, 0, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
    MPI_Finalize();
    return 0;
}
