// about: rank 0 waits for a message of every other rank, and the last rank sends none
// verdict: deadlock
// ranks: 2 3 4 8
// lines: 22 MPI_Waitall, 26 MPI_Finalize

#include <mpi.h>
#include <string.h>

int main(int argc, char **argv)
{
    int wrong = argc > 1 && strcmp(argv[1], "wrong") == 0;
    int rank, size;
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    enum { MOST = 64 };
    int values[MOST] = {0}, mine = rank * rank;
    MPI_Request requests[MOST];
    if (rank == 0) {
        for (int from = 1; from < size; from++)
            MPI_Irecv(&values[from], 1, MPI_INT, from, 0, MPI_COMM_WORLD, &requests[from - 1]);
        MPI_Waitall(size - 1, requests, MPI_STATUSES_IGNORE);
    } else if (!wrong || rank < size - 1) {
        MPI_Send(&mine, 1, MPI_INT, 0, 0, MPI_COMM_WORLD);
    }
    MPI_Finalize();
    return 0;
}
