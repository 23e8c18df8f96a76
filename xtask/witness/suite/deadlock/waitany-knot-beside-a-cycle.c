// about: rank 2 waits for ranks 0 or 1, which wait for each other; either could have freed it
// verdict: deadlock
// ranks: 3 4 8
// lines: 20 MPI_Recv

#include <mpi.h>
#include <string.h>

int main(int argc, char **argv)
{
    int wrong = argc > 1 && strcmp(argv[1], "wrong") == 0;
    int rank, size;
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    int word = rank, in[2], which;
    MPI_Request requests[2];
    if (rank < 2) {
        if (wrong || rank == 1)
            MPI_Recv(&word, 1, MPI_INT, 1 - rank, 0, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
        MPI_Send(&word, 1, MPI_INT, 2, 0, MPI_COMM_WORLD);
        if (wrong || rank == 0)
            MPI_Send(&word, 1, MPI_INT, 1 - rank, 0, MPI_COMM_WORLD);
    } else if (rank == 2) {
        MPI_Irecv(&in[0], 1, MPI_INT, 0, 0, MPI_COMM_WORLD, &requests[0]);
        MPI_Irecv(&in[1], 1, MPI_INT, 1, 0, MPI_COMM_WORLD, &requests[1]);
        MPI_Waitany(2, requests, &which, MPI_STATUS_IGNORE);
        MPI_Waitany(2, requests, &which, MPI_STATUS_IGNORE);
    }
    MPI_Finalize();
    return 0;
}
