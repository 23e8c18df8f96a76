// about: a rank counts its polls of an immediate send in the variable that it sends
// verdict: buffer-reuse
// ranks: 2 3 4 8
// lines: 19 MPI_Issend

#include <mpi.h>
#include <string.h>

int main(int argc, char **argv)
{
    int wrong = argc > 1 && strcmp(argv[1], "wrong") == 0;
    int rank, size;
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    int counter = 0, other = 0, done = 0, in;
    MPI_Request request;
    if (rank == 0) {
        MPI_Issend(&counter, 1, MPI_INT, 1, 0, MPI_COMM_WORLD, &request);
        MPI_Send(&other, 1, MPI_INT, 1, 1, MPI_COMM_WORLD);
        do {
            *(wrong ? &counter : &other) += 1;
            MPI_Test(&request, &done, MPI_STATUS_IGNORE);
        } while (!done);
    } else if (rank == 1) {
        MPI_Recv(&in, 1, MPI_INT, 0, 1, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
        MPI_Recv(&in, 1, MPI_INT, 0, 0, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
    }
    MPI_Finalize();
    return 0;
}
