// about: two buffered sends are under way, and the buffer has room for one of them
// verdict: invalid-argument
// ranks: 2 3 4
// lines: 26 MPI_Bsend

#include <mpi.h>
#include <stdlib.h>
#include <string.h>

enum { COUNT = 1 << 18 };

int main(int argc, char **argv)
{
    int wrong = argc > 1 && strcmp(argv[1], "wrong") == 0;
    int rank, size, length;
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    int *out = calloc(COUNT, sizeof *out), *in = calloc(COUNT, sizeof *in);
    length = (wrong ? 1 : 2) * (COUNT * sizeof *out + MPI_BSEND_OVERHEAD);
    char *buffer = malloc(length), *detached;
    MPI_Buffer_attach(buffer, length);
    // They cannot leave before they are received.
    if (rank == 0)
        for (int tag = 0; tag < 2; tag++)
            MPI_Bsend(out, COUNT, MPI_INT, 1, tag, MPI_COMM_WORLD);
    MPI_Barrier(MPI_COMM_WORLD);
    if (rank == 1)
        for (int tag = 0; tag < 2; tag++)
            MPI_Recv(in, COUNT, MPI_INT, 0, tag, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
    MPI_Buffer_detach(&detached, &length);
    free(detached);
    free(out);
    free(in);
    MPI_Finalize();
    return 0;
}
