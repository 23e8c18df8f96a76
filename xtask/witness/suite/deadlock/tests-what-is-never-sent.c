// about: a rank tests two receives until both are complete, and its neighbour sends one message
// verdict: deadlock
// ranks: 2 3 5
// lines: 25 MPI_Testsome
// limit: 15

#include <mpi.h>
#include <string.h>

int main(int argc, char **argv)
{
    int wrong = argc > 1 && strcmp(argv[1], "wrong") == 0;
    int rank, size;
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    int left = rank, rows[2];
    if (rank == 0) {
        MPI_Request requests[2];
        for (int row = 0; row < 2; row++)
            MPI_Irecv(&rows[row], 1, MPI_INT, size - 1, row, MPI_COMM_WORLD, &requests[row]);
        for (left = 2; left > 0;) {
            double begin = MPI_Wtime();
            int done, which[2];
            MPI_Testsome(2, requests, &done, which, MPI_STATUSES_IGNORE);
            if (done != MPI_UNDEFINED && MPI_Wtime() >= begin)
                left -= done;
        }
    } else if (rank == size - 1) {
        for (int row = 0; row < (wrong ? 1 : 2); row++)
            MPI_Send(&rank, 1, MPI_INT, 0, row, MPI_COMM_WORLD);
    }
    MPI_Finalize();
    return 0;
}
