// about: a partition is filled for the next round although it is marked as ready and the message is not complete
// verdict: buffer-reuse
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
    int buffer[4][16] = {0};
    MPI_Request request;
    if (rank == 0)
        MPI_Psend_init(buffer, 4, 16, MPI_INT, 1, 0, MPI_COMM_WORLD, MPI_INFO_NULL, &request);
    if (rank == 1)
        MPI_Precv_init(buffer, 4, 16, MPI_INT, 0, 0, MPI_COMM_WORLD, MPI_INFO_NULL, &request);
    for (int round = 0; round < 2 && rank < 2; round++) {
        MPI_Start(&request);
        for (int part = 0; part < 4 && rank == 0; part++) {
            // Those that are not ready yet are the program's own.
            buffer[part][0] = round + part + 1;
            MPI_Pready(part, request);
            if (part == 2)
                buffer[wrong ? part : part + 1][7] = -1 - round;
        }
        MPI_Wait(&request, MPI_STATUS_IGNORE);
        buffer[2][7] = 0;
    }
    if (rank < 2)
        MPI_Request_free(&request);
    MPI_Finalize();
    return 0;
}
