// about: a function begins a receive into its own array and returns
// verdict: buffer-reuse
// ranks: 2 3 4
// lines: 12 MPI_Irecv, 30 MPI_Wait

#include <mpi.h>
#include <string.h>

static void __attribute__((noinline)) begin(int from, MPI_Request *request)
{
    int room[1024];
    MPI_Irecv(room, 64, MPI_INT, from, 0, MPI_COMM_WORLD, request);
}

int main(int argc, char **argv)
{
    int wrong = argc > 1 && strcmp(argv[1], "wrong") == 0;
    int rank, size;
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    int given[64];
    MPI_Request request, sent;
    int out[64] = {rank};
    MPI_Isend(out, 64, MPI_INT, (rank + 1) % size, 0, MPI_COMM_WORLD, &sent);
    if (wrong)
        begin((rank + size - 1) % size, &request);
    else
        MPI_Irecv(given, 64, MPI_INT, (rank + size - 1) % size, 0, MPI_COMM_WORLD, &request);
    MPI_Wait(&request, MPI_STATUS_IGNORE);
    MPI_Wait(&sent, MPI_STATUS_IGNORE);
    MPI_Finalize();
    return 0;
}
