// about: rank 0 names the last rank as one from which it receives, and that does not name rank 0
// verdict: collective-mismatch
// ranks: 3 4
// lines: 24 MPI_Neighbor_allgather

#include <mpi.h>
#include <string.h>

int main(int argc, char **argv)
{
    int wrong = argc > 1 && strcmp(argv[1], "wrong") == 0;
    int rank, size;
    MPI_Init(&argc, &argv);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    int before = (rank + size - 1) % size, next = (rank + 1) % size;
    int is_last = rank == size - 1;
    // Each sends to the next one; the last to the first, too, in the right program.
    MPI_Comm chain;
    MPI_Dist_graph_create_adjacent(MPI_COMM_WORLD, 1, &before, MPI_UNWEIGHTED, !(wrong && is_last), &next,
                                   MPI_UNWEIGHTED, MPI_INFO_NULL, 0, &chain);
    int in = -1;
    MPI_Barrier(MPI_COMM_WORLD);
    MPI_Neighbor_allgather(&rank, 1, MPI_INT, &in, 1, MPI_INT, chain);
    MPI_Comm_free(&chain);
    MPI_Finalize();
    return 0;
}
