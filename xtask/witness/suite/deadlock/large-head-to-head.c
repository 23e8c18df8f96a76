// about: both ranks of a pair send 8 MB before they receive, which no implementation buffers
// verdict: deadlock
// ranks: 2 3 4 8
// lines: 23 MPI_Send

#include <mpi.h>
#include <string.h>

enum { N = 1 << 20 };
static double out[N], in[N];

int main(int argc, char **argv)
{
    int wrong = argc > 1 && strcmp(argv[1], "wrong") == 0;
    int rank, size;
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    int peer = size - 1 - rank;
    if (peer != rank) {
        MPI_Request request;
        if (wrong)
            MPI_Send(out, N, MPI_DOUBLE, peer, 0, MPI_COMM_WORLD);
        else
            MPI_Isend(out, N, MPI_DOUBLE, peer, 0, MPI_COMM_WORLD, &request);
        MPI_Recv(in, N, MPI_DOUBLE, peer, 0, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
        if (!wrong)
            MPI_Wait(&request, MPI_STATUS_IGNORE);
    }
    MPI_Finalize();
    return 0;
}
