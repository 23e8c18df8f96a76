// about: the share of the own rank is sent to itself as to all others, and never received
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
    int shares[64] = {0}, share;
    MPI_Request requests[64];
    if (rank == 0) {
        for (int to = 0; to < size; to++)
            MPI_Isend(&shares[to], 1, MPI_INT, to, 0, MPI_COMM_WORLD, &requests[to]);
        if (!wrong)
            MPI_Recv(&share, 1, MPI_INT, 0, 0, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
        MPI_Waitall(size, requests, MPI_STATUSES_IGNORE);
    } else {
        MPI_Recv(&share, 1, MPI_INT, 0, 0, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
    }
    MPI_Finalize();
    return 0;
}
