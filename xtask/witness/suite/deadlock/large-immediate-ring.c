// about: every rank waits for its immediate send of 8 MB before it posts the receive that would meet one
// verdict: deadlock
// ranks: 2 3 4 8
// lines: 23 MPI_Wait

#include <mpi.h>
#include <string.h>

enum { N = 2 << 20 };
static int out[N], in[N];

int main(int argc, char **argv)
{
    int wrong = argc > 1 && strcmp(argv[1], "wrong") == 0;
    int rank, size;
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    int next = (rank + 1) % size, previous = (rank + size - 1) % size;
    MPI_Request requests[2] = {MPI_REQUEST_NULL, MPI_REQUEST_NULL};
    MPI_Isend(out, N, MPI_INT, next, 5, MPI_COMM_WORLD, &requests[0]);
    if (wrong)
        MPI_Wait(&requests[0], MPI_STATUS_IGNORE);
    MPI_Irecv(in, N, MPI_INT, previous, 5, MPI_COMM_WORLD, &requests[1]);
    MPI_Waitall(2, requests, MPI_STATUSES_IGNORE);
    MPI_Finalize();
    return 0;
}
