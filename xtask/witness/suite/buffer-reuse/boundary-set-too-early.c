// about: a rank sets its boundary in a static field while the ghost cell is still being received
// verdict: buffer-reuse
// ranks: 2 3 4 8
// lines: 21 MPI_Irecv

#include <mpi.h>
#include <string.h>

static double field[34];

int main(int argc, char **argv)
{
    int wrong = argc > 1 && strcmp(argv[1], "wrong") == 0;
    int rank, size;
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    int left = (rank + size - 1) % size, right = (rank + 1) % size;
    for (int step = 0; step < 3; step++) {
        MPI_Request requests[2];
        MPI_Irecv(&field[0], 1, MPI_DOUBLE, left, 6, MPI_COMM_WORLD, &requests[0]);
        if (wrong && step == 1)
            field[0] = -1;
        MPI_Isend(&field[32], 1, MPI_DOUBLE, right, 6, MPI_COMM_WORLD, &requests[1]);
        MPI_Waitall(2, requests, MPI_STATUSES_IGNORE);
        field[0] = -2;
        field[32] = rank + step;
    }
    MPI_Finalize();
    return 0;
}
