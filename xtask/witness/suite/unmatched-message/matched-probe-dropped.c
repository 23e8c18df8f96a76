// about: a matched probe takes a message out of the queue, and the matched receive for it never comes
// verdict: unmatched-message
// ranks: 2 3 4 8
// lines: 20 MPI_Isend

#include <mpi.h>
#include <string.h>

int main(int argc, char **argv)
{
    int wrong = argc > 1 && strcmp(argv[1], "wrong") == 0;
    int rank, size;
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    int word = 2, sent = 7;
    MPI_Message message;
    MPI_Request request = MPI_REQUEST_NULL;
    if (rank == 0)
        MPI_Isend(&sent, 1, MPI_INT, 0, 0, MPI_COMM_WORLD, &request);
    if (rank == 0) {
        MPI_Mprobe(0, 0, MPI_COMM_WORLD, &message, MPI_STATUS_IGNORE);
        if (!wrong)
            MPI_Mrecv(&word, 1, MPI_INT, &message, MPI_STATUS_IGNORE);
    }
    MPI_Wait(&request, MPI_STATUS_IGNORE);
    MPI_Finalize();
    return 0;
}
