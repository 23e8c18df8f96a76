// about: a rank waits for all partitions before the sender, which waits for its answer, has marked the last one
// verdict: deadlock
// ranks: 2
// standard: 4
// lines: 25 MPI_Recv, 34 MPI_Wait

#include <mpi.h>
#include <string.h>

int main(int argc, char **argv)
{
    int wrong = argc > 1 && strcmp(argv[1], "wrong") == 0;
    int rank, answer = 0, arrived = 0, first[1] = {0};
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    int buffer[64] = {0};
    MPI_Request request;
    if (rank == 0) {
        MPI_Psend_init(buffer, 2, 32, MPI_INT, 1, 7, MPI_COMM_WORLD, MPI_INFO_NULL, &request);
        MPI_Start(&request);
        MPI_Pready_list(1, first, request);
        if (!wrong)
            MPI_Pready(1, request);

        MPI_Recv(&answer, 1, MPI_INT, 1, 0, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
        if (wrong)
            MPI_Pready(1, request);
        MPI_Wait(&request, MPI_STATUS_IGNORE);
        MPI_Request_free(&request);
    } else if (rank == 1) {
        // The receiver's parts may be others than the sender's.
        MPI_Precv_init(buffer, 4, 16, MPI_INT, 0, 7, MPI_COMM_WORLD, MPI_INFO_NULL, &request);
        MPI_Start(&request);
        MPI_Wait(&request, MPI_STATUS_IGNORE);
        MPI_Parrived(request, 3, &arrived);
        MPI_Send(&answer, 1, MPI_INT, 0, 0, MPI_COMM_WORLD);
        MPI_Request_free(&request);
    }
    MPI_Finalize();
    return 0;
}
