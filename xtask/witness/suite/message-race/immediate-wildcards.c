// about: two immediate receives from any source fill two variables that stand for certain ranks
// verdict: message-race
// notes: yes
// ranks: 3 4 8
// lines: 21 MPI_Irecv, 25 MPI_Send

#include <mpi.h>
#include <string.h>

int main(int argc, char **argv)
{
    int wrong = argc > 1 && strcmp(argv[1], "wrong") == 0;
    int rank, size;
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    int left = rank, right = 0;
    MPI_Request requests[2];
    if (rank == 0) {
        int from[2] = {wrong ? MPI_ANY_SOURCE : size - 1, wrong ? MPI_ANY_SOURCE : 1};
        MPI_Irecv(&left, 1, MPI_INT, from[0], 0, MPI_COMM_WORLD, &requests[0]);
        MPI_Irecv(&right, 1, MPI_INT, from[1], 0, MPI_COMM_WORLD, &requests[1]);
        MPI_Waitall(2, requests, MPI_STATUSES_IGNORE);
    } else if (rank == 1 || rank == size - 1) {
        MPI_Send(&left, 1, MPI_INT, 0, 0, MPI_COMM_WORLD);
    }
    MPI_Finalize();
    return 0;
}
