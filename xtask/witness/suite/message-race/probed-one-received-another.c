// about: rank 0 probes any source for the length, and then receives from any source instead of from the one probed
// verdict: message-race
// ranks: 3 4 8
// lines: 23 MPI_Recv, 27 MPI_Send

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
    int data[64] = {0}, length;
    MPI_Status status;
    for (int i = 1; rank == 0 && i < size; i++) {
        MPI_Probe(MPI_ANY_SOURCE, 0, MPI_COMM_WORLD, &status);
        MPI_Get_count(&status, MPI_INT, &length);
        usleep(100000);
        MPI_Recv(data, wrong ? 64 : length, MPI_INT, wrong ? MPI_ANY_SOURCE : status.MPI_SOURCE, 0,
                 MPI_COMM_WORLD, &status);
    }
    if (rank > 0)
        MPI_Send(data, rank, MPI_INT, 0, 0, MPI_COMM_WORLD);
    MPI_Finalize();
    return 0;
}
