// about: a partition is marked as ready a second time before the message is complete
// verdict: invalid-argument
// ranks: 2
// standard: 4
// lines: 27 MPI_Pready

#include <mpi.h>
#include <string.h>

int main(int argc, char **argv)
{
    int wrong = argc > 1 && strcmp(argv[1], "wrong") == 0;
    int rank;
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    int buffer[64] = {0};
    MPI_Request request;
    if (rank == 0)
        MPI_Psend_init(buffer, 4, 16, MPI_INT, 1, 0, MPI_COMM_WORLD, MPI_INFO_NULL, &request);
    if (rank == 1)
        MPI_Precv_init(buffer, 4, 16, MPI_INT, 0, 0, MPI_COMM_WORLD, MPI_INFO_NULL, &request);
    // In each round once is right.
    for (int round = 0; round < 2 && rank < 2; round++) {
        MPI_Start(&request);
        if (rank == 0) {
            for (int part = 0; part < 3; part++)
                MPI_Pready(wrong && round == 1 ? 1 : part, request);
            MPI_Pready(3, request);
        }
        MPI_Wait(&request, MPI_STATUS_IGNORE);
    }
    if (rank < 2)
        MPI_Request_free(&request);
    MPI_Finalize();
    return 0;
}
