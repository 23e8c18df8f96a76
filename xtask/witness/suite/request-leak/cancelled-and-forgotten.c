// about: a receive is cancelled, which still leaves its request to be completed
// verdict: request-leak
// ranks: 2 3 4 8
// lines: 19 MPI_Irecv

#include <mpi.h>
#include <string.h>

int main(int argc, char **argv)
{
    int wrong = argc > 1 && strcmp(argv[1], "wrong") == 0;
    int rank, size;
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    int word = 0, cancelled;
    MPI_Request request;
    MPI_Status status;
    MPI_Irecv(&word, 1, MPI_INT, rank, 99, MPI_COMM_WORLD, &request);
    MPI_Barrier(MPI_COMM_WORLD);
    MPI_Cancel(&request);
    if (!wrong) {
        MPI_Wait(&request, &status);
        MPI_Test_cancelled(&status, &cancelled);
    }
    MPI_Finalize();
    return 0;
}
