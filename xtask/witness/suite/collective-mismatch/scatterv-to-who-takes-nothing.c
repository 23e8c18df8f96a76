// about: the root sends a large part to each rank, of which the last one takes nothing and goes on: the root waits for it
// verdict: collective-mismatch
// ranks: 2 3 4 8
// lines: 25 MPI_Scatterv

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
    enum { PART = 100000 };
    int *all = calloc(PART * size, sizeof *all), *mine = calloc(PART, sizeof *mine);
    int counts[64], starts[64];
    for (int i = 0; i < size; i++) {
        counts[i] = PART;
        starts[i] = i * PART;
    }
    int takes = rank == size - 1 && wrong ? 0 : PART;
    MPI_Scatterv(all, counts, starts, MPI_INT, mine, takes, MPI_INT, 0, MPI_COMM_WORLD);
    MPI_Barrier(MPI_COMM_WORLD);
    free(all);
    free(mine);
    MPI_Finalize();
    return 0;
}
