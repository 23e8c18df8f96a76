// about: a message in partitions of which the last is never marked as ready
// verdict: deadlock
// ranks: 2
// standard: 4
// lines: 31 MPI_Wait

#include <mpi.h>
#include <string.h>

enum { PARTITIONS = 8, COUNT = 4 };

int main(int argc, char **argv)
{
    int wrong = argc > 1 && strcmp(argv[1], "wrong") == 0;
    int rank;
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    double buffer[PARTITIONS * COUNT] = {0};
    MPI_Request request = MPI_REQUEST_NULL;
    if (rank == 0)
        MPI_Psend_init(buffer, PARTITIONS, COUNT, MPI_DOUBLE, 1, 0, MPI_COMM_WORLD, MPI_INFO_NULL, &request);
    if (rank == 1)
        MPI_Precv_init(buffer, PARTITIONS, COUNT, MPI_DOUBLE, 0, 0, MPI_COMM_WORLD, MPI_INFO_NULL, &request);
    for (int round = 0; round < 2 && rank < 2; round++) {
        MPI_Start(&request);
        // Backwards, and in the second round all but the first at once.
        int some = wrong && round == 1;
        for (int part = PARTITIONS - 1; part >= some && rank == 0 && round == 0; part--) MPI_Pready(part, request);
        if (rank == 0 && round == 1)
            MPI_Pready_range(some, PARTITIONS - 1, request);
        MPI_Wait(&request, MPI_STATUS_IGNORE);
    }
    if (rank < 2)
        MPI_Request_free(&request);
    MPI_Finalize();
    return 0;
}
