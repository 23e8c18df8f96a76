// about: calls to MPI_PROC_NULL return at once; the last of them names the left neighbour instead, and nobody sends
// verdict: deadlock
// ranks: 2 3 4 8
// lines: 30 MPI_Recv

#include <mpi.h>
#include <string.h>

int main(int argc, char **argv)
{
    int wrong = argc > 1 && strcmp(argv[1], "wrong") == 0;
    int rank, size;
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    int out = 1, in = 2, none = MPI_PROC_NULL, left = (rank + size - 1) % size;
    MPI_Request requests[2];
    MPI_Status status;
    MPI_Message message;
    MPI_Send(&out, 1, MPI_INT, none, 0, MPI_COMM_WORLD);
    MPI_Ssend(&out, 1, MPI_INT, none, 0, MPI_COMM_WORLD);
    MPI_Sendrecv(&out, 1, MPI_INT, none, 0, &in, 1, MPI_INT, none, 0, MPI_COMM_WORLD,
                 MPI_STATUS_IGNORE);
    MPI_Isend(&out, 1, MPI_INT, none, 0, MPI_COMM_WORLD, &requests[0]);
    MPI_Irecv(&in, 1, MPI_INT, none, MPI_ANY_TAG, MPI_COMM_WORLD, &requests[1]);
    MPI_Waitall(2, requests, MPI_STATUSES_IGNORE);
    MPI_Probe(none, 0, MPI_COMM_WORLD, &status);
    MPI_Mprobe(none, 0, MPI_COMM_WORLD, &message, &status);
    MPI_Mrecv(&in, 1, MPI_INT, &message, &status);
    MPI_Recv(&in, 1, MPI_INT, wrong ? left : none, 0, MPI_COMM_WORLD, &status);
    MPI_Finalize();
    return 0;
}
