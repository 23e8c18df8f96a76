// about: the buffer for buffered sends is as long as the message alone
// verdict: invalid-argument
// ranks: 2 3 4
// lines: 20 MPI_Buffer_attach, 21 MPI_Bsend

#include <mpi.h>
#include <stdlib.h>
#include <string.h>

int main(int argc, char **argv)
{
    int wrong = argc > 1 && strcmp(argv[1], "wrong") == 0;
    int rank, size, length, in[100];
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    int *out = calloc(100, sizeof *out);
    length = 100 * sizeof *out + (wrong ? 0 : MPI_BSEND_OVERHEAD);
    char *buffer = malloc(length), *detached;
    MPI_Buffer_attach(buffer, length);
    MPI_Bsend(out, 100, MPI_INT, (rank + 1) % size, 0, MPI_COMM_WORLD);
    MPI_Recv(in, 100, MPI_INT, (rank + size - 1) % size, 0, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
    MPI_Buffer_detach(&detached, &length);
    free(detached);
    free(out);
    MPI_Finalize();
    return 0;
}
