// about: rank 0 waits in a synchronous send to itself, and the receive for it comes later
// verdict: deadlock
// ranks: 2 3 4 8
// lines: 21 MPI_Ssend

#include <mpi.h>
#include <string.h>

int main(int argc, char **argv)
{
    int wrong = argc > 1 && strcmp(argv[1], "wrong") == 0;
    int rank, size;
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    int word = 12, copy = 0;
    if (rank == 0) {
        MPI_Request request = MPI_REQUEST_NULL;
        if (!wrong)
            MPI_Irecv(&copy, 1, MPI_INT, 0, 0, MPI_COMM_WORLD, &request);
        MPI_Ssend(&word, 1, MPI_INT, 0, 0, MPI_COMM_WORLD);
        if (wrong)
            MPI_Irecv(&copy, 1, MPI_INT, 0, 0, MPI_COMM_WORLD, &request);
        MPI_Wait(&request, MPI_STATUS_IGNORE);
    }
    MPI_Finalize();
    return 0;
}
