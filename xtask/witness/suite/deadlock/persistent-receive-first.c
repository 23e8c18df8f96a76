// about: both ranks of a pair start a persistent receive and wait for it before they start the persistent send
// verdict: deadlock
// ranks: 2 3 4 8
// lines: 26 MPI_Wait

#include <mpi.h>
#include <string.h>

int main(int argc, char **argv)
{
    int wrong = argc > 1 && strcmp(argv[1], "wrong") == 0;
    int rank, size;
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    int peer = rank ^ 1, in = 0, out = rank;
    MPI_Request receive, send;
    if (peer >= size)
        peer = MPI_PROC_NULL;
    MPI_Recv_init(&in, 1, MPI_INT, peer, 0, MPI_COMM_WORLD, &receive);
    MPI_Send_init(&out, 1, MPI_INT, peer, 0, MPI_COMM_WORLD, &send);
    for (int step = 0; step < 3; step++) {
        MPI_Start(&receive);
        if (!wrong)
            MPI_Start(&send);
        MPI_Wait(&receive, MPI_STATUS_IGNORE);
        if (wrong)
            MPI_Start(&send);
        MPI_Wait(&send, MPI_STATUS_IGNORE);
    }
    MPI_Request_free(&receive);
    MPI_Request_free(&send);
    MPI_Finalize();
    return 0;
}
