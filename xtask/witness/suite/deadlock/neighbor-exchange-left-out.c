// about: the last rank of a line leaves out an exchange between neighbors, and waits in the next barrier
// verdict: deadlock
// ranks: 3 4 5
// lines: 24 MPI_Neighbor_allgather, 25 MPI_Barrier

#include <mpi.h>
#include <string.h>

int main(int argc, char **argv)
{
    int wrong = argc > 1 && strcmp(argv[1], "wrong") == 0;
    int rank, size, periodic = 0;
    MPI_Init(&argc, &argv);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    MPI_Comm line;
    MPI_Cart_create(MPI_COMM_WORLD, 1, &size, &periodic, 0, &line);
    MPI_Comm_rank(line, &rank);
    int in[2];
    // The right program lets rank 0 wait for its neighbor's message before its part.
    if (!wrong && rank == 0)
        MPI_Recv(in, 1, MPI_INT, 1, 0, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
    if (!wrong && rank == 1)
        MPI_Send(&rank, 1, MPI_INT, 0, 0, MPI_COMM_WORLD);
    if (!(wrong && rank == size - 1)) MPI_Neighbor_allgather(&rank, 1, MPI_INT, in, 1, MPI_INT, line);
    MPI_Barrier(MPI_COMM_WORLD);
    MPI_Comm_free(&line);
    MPI_Finalize();
    return 0;
}
