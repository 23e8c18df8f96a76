// about: the root changes what it broadcasts immediately before the broadcast is complete
// verdict: buffer-reuse
// ranks: 2 3 4 8
// lines: 18 MPI_Ibcast

#include <mpi.h>
#include <string.h>

int main(int argc, char **argv)
{
    int wrong = argc > 1 && strcmp(argv[1], "wrong") == 0;
    int rank, size;
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    long seed = rank ? 0 : 12345;
    MPI_Request request;
    MPI_Ibcast(&seed, 1, MPI_LONG, 0, MPI_COMM_WORLD, &request);
    if (wrong && rank == 0)
        seed += 1;
    MPI_Wait(&request, MPI_STATUS_IGNORE);
    if (!wrong && rank == 0)
        seed += 1;
    MPI_Finalize();
    return 0;
}
