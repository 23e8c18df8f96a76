// about: an array grows, and moves, while a receive into its middle is under way
// verdict: buffer-reuse
// ranks: 2 3 4
// lines: 21 MPI_Irecv, 29 MPI_Wait

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
    int *all = calloc(64, sizeof *all), *behind = calloc(64, sizeof *behind);
    MPI_Request request;
    MPI_Status status;
    int done = 0;
    MPI_Irecv(all + 32, 1, MPI_INT, (rank + size - 1) % size, 0, MPI_COMM_WORLD, &request);
    if (wrong)
        all = realloc(all, 1 << 22);
    MPI_Send(&rank, 1, MPI_INT, (rank + 1) % size, 0, MPI_COMM_WORLD);
    // Complete, as MPI has said: the memory is the program's own again.
    while (!wrong && !done)
        MPI_Request_get_status(request, &done, &status);
    all = realloc(all, 1 << 23);
    MPI_Wait(&request, &status);
    free(all);
    free(behind);
    MPI_Finalize();
    return 0;
}
