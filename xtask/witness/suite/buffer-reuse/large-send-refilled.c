// about: rank 0 fills one buffer for each worker in turn while the sends from it are under way
// verdict: buffer-reuse
// ranks: 3 4 8
// lines: 24 MPI_Isend

#include <mpi.h>
#include <string.h>

enum { N = 1 << 16 };
static double block[8][N], in[N];

int main(int argc, char **argv)
{
    int wrong = argc > 1 && strcmp(argv[1], "wrong") == 0;
    int rank, size;
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    MPI_Request requests[8];
    for (int to = 1; rank == 0 && to < size; to++) {
        double *out = wrong ? block[0] : block[to];
        for (int i = 0; i < N; i++)
            out[i] = to;
        MPI_Isend(out, N, MPI_DOUBLE, to, 0, MPI_COMM_WORLD, &requests[to - 1]);
    }
    if (rank == 0)
        MPI_Waitall(size - 1, requests, MPI_STATUSES_IGNORE);
    else
        MPI_Recv(in, N, MPI_DOUBLE, 0, 0, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
    MPI_Finalize();
    return 0;
}
