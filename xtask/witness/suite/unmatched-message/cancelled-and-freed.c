// about: rank 0 cancels a message and frees its request; what it sends afterwards on another communicator is not received
// verdict: unmatched-message
// ranks: 2 3 4 8
// lines: 37 MPI_Send

#include <mpi.h>
#include <string.h>

int main(int argc, char **argv)
{
    int wrong = argc > 1 && strcmp(argv[1], "wrong") == 0;
    int rank, size, one = 1, two = 0, there = 0, cancelled;
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    if (rank == 0) {
        MPI_Request request;
        MPI_Status status;
        MPI_Issend(&one, 1, MPI_INT, 0, 0, MPI_COMM_SELF, &request);
        MPI_Cancel(&request);
        MPI_Request_get_status(request, &there, &status);
        MPI_Test_cancelled(&status, &cancelled);
        if (there && cancelled) {
            MPI_Request_free(&request);
        } else {
            MPI_Recv(&two, 1, MPI_INT, 0, 0, MPI_COMM_SELF, MPI_STATUS_IGNORE);
            MPI_Wait(&request, MPI_STATUS_IGNORE);
        }
        for (int round = 0; round < 3; round++) {
            MPI_Isend(&one, 1, MPI_INT, 0, 0, MPI_COMM_SELF, &request);
            MPI_Recv(&two, 1, MPI_INT, 0, 0, MPI_COMM_SELF, MPI_STATUS_IGNORE);
            MPI_Wait(&request, MPI_STATUS_IGNORE);
        }
    }
    MPI_Barrier(MPI_COMM_WORLD);
    if (rank == 0)
        MPI_Send(&one, 1, MPI_INT, 1, 0, MPI_COMM_WORLD);
    if (rank == 1 && !wrong)
        MPI_Recv(&two, 1, MPI_INT, 0, 0, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
    MPI_Finalize();
    return 0;
}
