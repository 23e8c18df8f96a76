// about: a function begins an exchange with counts of its own and returns before it is complete
// verdict: buffer-reuse
// ranks: 2 3 4
// lines: 19 MPI_Ialltoallv, 35 MPI_Wait

#include <mpi.h>
#include <string.h>

// The displacements are static: they stay.
static int places[64];

static MPI_Request __attribute__((noinline)) begin(int size, int *out, int *in, int *kept)
{
    MPI_Request request;
    int own[64];
    int *counts = kept ? kept : own;
    for (int other = 0; other < size; other++)
        counts[other] = 1;
    MPI_Ialltoallv(out, counts, places, MPI_INT, in, counts, places, MPI_INT, MPI_COMM_WORLD, &request);
    return request;
}

int main(int argc, char **argv)
{
    int wrong = argc > 1 && strcmp(argv[1], "wrong") == 0;
    int rank, size, counts[64], out[64], in[64];
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    for (int other = 0; other < size; other++) {
        out[other] = rank;
        places[other] = other;
    }
    MPI_Request request = begin(size, out, in, wrong ? NULL : counts);
    MPI_Wait(&request, MPI_STATUS_IGNORE);
    MPI_Finalize();
    return 0;
}
