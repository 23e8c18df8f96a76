// about: rank 1 waits in a matched probe for a tag that rank 0 does not send before it has the reply
// verdict: deadlock
// ranks: 2 3 4 8
// lines: 20 MPI_Recv, 23 MPI_Mprobe

#include <mpi.h>
#include <string.h>

int main(int argc, char **argv)
{
    int wrong = argc > 1 && strcmp(argv[1], "wrong") == 0;
    int rank, size;
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    enum { WORK = 1, DATA = 2, REPLY = 3 };
    int value = 11, reply = 0;
    if (rank == 0) {
        MPI_Send(&value, 1, MPI_INT, 1, WORK, MPI_COMM_WORLD);
        MPI_Recv(&reply, 1, MPI_INT, 1, REPLY, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
    } else if (rank == 1) {
        MPI_Message message;
        MPI_Mprobe(0, wrong ? DATA : WORK, MPI_COMM_WORLD, &message, MPI_STATUS_IGNORE);
        MPI_Mrecv(&value, 1, MPI_INT, &message, MPI_STATUS_IGNORE);
        reply = -value;
        MPI_Send(&reply, 1, MPI_INT, 0, REPLY, MPI_COMM_WORLD);
    }
    MPI_Finalize();
    return 0;
}
