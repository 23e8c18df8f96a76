// about: a persistent buffered send starts with a message that no longer fits into the buffer that is attached by then
// verdict: invalid-argument
// ranks: 2 3
// lines: 25 MPI_Buffer_attach, 26 MPI_Start

#include <mpi.h>
#include <string.h>

static char large[4096], small[256];

int main(int argc, char **argv)
{
    int wrong = argc > 1 && strcmp(argv[1], "wrong") == 0;
    int rank, size, length, out[128] = {0}, in[128];
    char *detached;
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    MPI_Request send;
    MPI_Bsend_init(out, 128, MPI_INT, (rank + 1) % size, 0, MPI_COMM_WORLD, &send);
    for (int round = 0; round < 2; round++) {
        // Only what is attached when it starts counts.
        int is_small = wrong && round == 1;
        length = is_small ? sizeof small : sizeof large;
        MPI_Buffer_attach(is_small ? small : large, length);
        MPI_Start(&send);
        MPI_Recv(in, 128, MPI_INT, (rank + size - 1) % size, 0, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
        MPI_Wait(&send, MPI_STATUS_IGNORE);
        MPI_Buffer_detach(&detached, &length);
    }
    MPI_Request_free(&send);
    MPI_Finalize();
    return 0;
}
