// about: the memory that an immediate send reads is freed before the wait
// verdict: buffer-reuse
// ranks: 2 3 4
// lines: 20 MPI_Isend, 24 MPI_Wait

#include <mpi.h>
#include <stdlib.h>
#include <string.h>

int main(int argc, char **argv)
{
    int wrong = argc > 1 && strcmp(argv[1], "wrong") == 0;
    int rank, size;
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    int given[64], *out = calloc(64, sizeof *out);
    MPI_Request request;
    out[0] = rank;
    MPI_Isend(out, 64, MPI_INT, (rank + 1) % size, 0, MPI_COMM_WORLD, &request);
    if (wrong)
        free(out);
    MPI_Recv(given, 64, MPI_INT, (rank + size - 1) % size, 0, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
    MPI_Wait(&request, MPI_STATUS_IGNORE);
    if (!wrong)
        free(out);
    MPI_Finalize();
    return 0;
}
