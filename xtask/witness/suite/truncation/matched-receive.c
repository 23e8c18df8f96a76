// about: rank 1 probes for the length of a message, and receives with a fixed length of its own instead
// verdict: truncation
// ranks: 2 3 4 8
// lines: 19 MPI_Send, 25 MPI_Mrecv

#include <mpi.h>
#include <string.h>

int main(int argc, char **argv)
{
    int wrong = argc > 1 && strcmp(argv[1], "wrong") == 0;
    int rank, size;
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    short words[16] = {0};
    int length = 0;
    if (rank == 0)
        MPI_Send(words, 11, MPI_SHORT, 1, 0, MPI_COMM_WORLD);
    if (rank == 1) {
        MPI_Message message;
        MPI_Status status;
        MPI_Mprobe(0, 0, MPI_COMM_WORLD, &message, &status);
        MPI_Get_count(&status, MPI_SHORT, &length);
        MPI_Mrecv(words, wrong ? 8 : length, MPI_SHORT, &message, &status);
    }
    MPI_Finalize();
    return 0;
}
