// about: the counts of an exchange between neighbors are freed before it is complete
// verdict: buffer-reuse
// ranks: 3 4
// lines: 25 MPI_Ineighbor_alltoallv, 28 MPI_Wait

#include <mpi.h>
#include <stdlib.h>
#include <string.h>

int main(int argc, char **argv)
{
    int wrong = argc > 1 && strcmp(argv[1], "wrong") == 0;
    int rank, size, periodic = 0, out[2] = {1, 2}, in[2];
    MPI_Init(&argc, &argv);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    MPI_Comm line;
    MPI_Cart_create(MPI_COMM_WORLD, 1, &size, &periodic, 0, &line);
    MPI_Comm_rank(line, &rank);
    int *counts = malloc(2 * sizeof *counts), *places = malloc(2 * sizeof *places);
    for (int side = 0; side < 2; side++) {
        counts[side] = 1;
        places[side] = side;
    }
    MPI_Request request;
    MPI_Ineighbor_alltoallv(out, counts, places, MPI_INT, in, counts, places, MPI_INT, line, &request);
    if (wrong)
        free(counts);
    MPI_Wait(&request, MPI_STATUS_IGNORE);
    if (!wrong)
        free(counts);
    free(places);
    MPI_Comm_free(&line);
    MPI_Finalize();
    return 0;
}
