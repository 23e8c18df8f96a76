// about: the communicator of a distributed graph is used for its neighbourhood collective and never freed
// verdict: resource-leak
// ranks: 2 3 4 8
// lines: 18 MPI_Dist_graph_create_adjacent

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
    int left = (rank + size - 1) % size, right = (rank + 1) % size, weight = 1, in, mine = rank;
    MPI_Dist_graph_create_adjacent(MPI_COMM_WORLD, 1, &left, &weight, 1, &right, &weight,
                                   MPI_INFO_NULL, 0, &graph);
    MPI_Neighbor_allgather(&mine, 1, MPI_INT, &in, 1, MPI_INT, graph);
    if (!wrong)
        MPI_Comm_free(&graph);
    MPI_Finalize();
    return 0;
}
