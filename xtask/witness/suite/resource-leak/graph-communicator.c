// about: the communicator of a distributed graph is used for its neighbourhood collective and never freed
// verdict: resource-leak
// ranks: 2 3 4 8
// lines: 19 MPI_Dist_graph_create_adjacent

#include <mpi.h>
#include <string.h>

int main(int argc, char **argv)
{
    int wrong = argc > 1 && strcmp(argv[1], "wrong") == 0;
    int rank, size;
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    MPI_Comm graph;
    int from[2] = {(rank + size - 1) % size, 0}, to[2] = {(rank + 1) % size, 0}, in[2], mine = rank;
    MPI_Info none = MPI_INFO_NULL;
    MPI_Dist_graph_create_adjacent(MPI_COMM_WORLD, 1, from, MPI_UNWEIGHTED, 1, to, MPI_UNWEIGHTED,
                                   none, 0,
                                   &graph);
    MPI_Neighbor_allgather(&mine, 1, MPI_INT, in, 1, MPI_INT, graph);
    if (!wrong)
        MPI_Comm_free(&graph);
    MPI_Finalize();
    return 0;
}
