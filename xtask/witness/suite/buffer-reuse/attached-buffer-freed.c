// about: the buffer for buffered sends is freed before it is detached
// verdict: buffer-reuse
// ranks: 2 3 4
// lines: 20 MPI_Buffer_attach, 28 MPI_Buffer_detach

#include <mpi.h>
#include <stdlib.h>
#include <string.h>

int main(int argc, char **argv)
{
    int wrong = argc > 1 && strcmp(argv[1], "wrong") == 0;
    int rank, size, length, other;
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    MPI_Pack_size(1, MPI_INT, MPI_COMM_WORLD, &length);
    length += MPI_BSEND_OVERHEAD;
    char *buffer = malloc(length), *detached, *unused = malloc(length);
    MPI_Buffer_attach(buffer, length);
    MPI_Bsend(&rank, 1, MPI_INT, (rank + 1) % size, 0, MPI_COMM_WORLD);
    // What is not attached may be freed.
    free(wrong ? buffer : unused);
    MPI_Recv(&other, 1, MPI_INT, (rank + size - 1) % size, 0, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
    MPI_Barrier(MPI_COMM_WORLD);
    MPI_Barrier(MPI_COMM_WORLD);

    MPI_Buffer_detach(&detached, &length);
    free(wrong ? unused : detached);
    MPI_Finalize();
    return 0;
}
