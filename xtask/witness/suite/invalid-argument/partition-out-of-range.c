// about: partitions are counted from 1 on
// verdict: invalid-argument
// ranks: 2
// standard: 4
// lines: 24 MPI_Pready

#include <mpi.h>
#include <string.h>

int main(int argc, char **argv)
{
    int wrong = argc > 1 && strcmp(argv[1], "wrong") == 0;
    int rank;
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    long buffer[64] = {0};
    MPI_Request request;
    if (rank == 0) {
        MPI_Psend_init(buffer, 4, 16, MPI_LONG, 1, 0, MPI_COMM_WORLD, MPI_INFO_NULL, &request);
        MPI_Start(&request);
        for (int part = 0; part < 4; part++) {
            int number = part + (wrong ? 1 : 0);
            // The last of four is 3.
            MPI_Pready(number, request);
        }
        MPI_Wait(&request, MPI_STATUS_IGNORE);
        MPI_Request_free(&request);
    } else if (rank == 1) {
        MPI_Precv_init(buffer, 4, 16, MPI_LONG, 0, 0, MPI_COMM_WORLD, MPI_INFO_NULL, &request);
        MPI_Start(&request);
        MPI_Wait(&request, MPI_STATUS_IGNORE);
        MPI_Request_free(&request);
    }
    MPI_Finalize();
    return 0;
}
