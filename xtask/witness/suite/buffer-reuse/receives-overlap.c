// about: two receives that are active at once fill the same element: the second starts one too early
// verdict: buffer-reuse
// ranks: 2 3 4 8
// lines: 19 MPI_Irecv, 20 MPI_Irecv

#include <mpi.h>
#include <string.h>

int main(int argc, char **argv)
{
    int wrong = argc > 1 && strcmp(argv[1], "wrong") == 0;
    int rank, size;
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    int in[8], out[4] = {rank, rank, rank, rank}, second = wrong ? 3 : 4;
    MPI_Request requests[2];
    int peer = (rank + 1) % size, other = (rank + size - 1) % size;
    MPI_Irecv(&in[0], 4, MPI_INT, other, 0, MPI_COMM_WORLD, &requests[0]);
    MPI_Irecv(&in[second], 4, MPI_INT, other, 1, MPI_COMM_WORLD, &requests[1]);
    MPI_Send(out, 4, MPI_INT, peer, 0, MPI_COMM_WORLD);
    MPI_Send(out, 4, MPI_INT, peer, 1, MPI_COMM_WORLD);
    MPI_Waitall(2, requests, MPI_STATUSES_IGNORE);
    MPI_Finalize();
    return 0;
}
