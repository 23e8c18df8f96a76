// about: the first rank of a graph waits for what its neighbor, which has finalized, is to give it
// verdict: deadlock
// ranks: 2 3 4
// lines: 28 MPI_Wait

#include <mpi.h>
#include <string.h>

int main(int argc, char **argv)
{
    int wrong = argc > 1 && strcmp(argv[1], "wrong") == 0;
    int rank, size;
    MPI_Init(&argc, &argv);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    // All send to rank 0, and nobody else receives anything.
    int others[8], none = 0;
    for (int other = 1; other < size; other++)
        others[other - 1] = other;
    MPI_Comm star;
    MPI_Dist_graph_create_adjacent(MPI_COMM_WORLD, rank ? 0 : size - 1, others, MPI_UNWEIGHTED, rank != 0,
                                   &none, MPI_UNWEIGHTED, MPI_INFO_NULL, 0, &star);
    int in[8];
    // One that gives nothing to anybody has to call it as well.
    if (!(wrong && rank == size - 1)) {
        MPI_Request request;
        MPI_Ineighbor_allgather(&rank, 1, MPI_INT, in, 1, MPI_INT, star, &request);
        MPI_Wait(&request, MPI_STATUS_IGNORE);
    }
    if (rank == 0 || !wrong)
        MPI_Comm_free(&star);
    MPI_Finalize();
    return 0;
}
