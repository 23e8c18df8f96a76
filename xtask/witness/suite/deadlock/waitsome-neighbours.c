// about: every rank waits for some of the receives from its two neighbours before it sends to them
// verdict: deadlock
// ranks: 3 4 8
// lines: 25 MPI_Waitsome

#include <mpi.h>
#include <string.h>

int main(int argc, char **argv)
{
    int wrong = argc > 1 && strcmp(argv[1], "wrong") == 0;
    int rank, size;
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    int near[2] = {(rank + 1) % size, (rank + size - 1) % size};
    double in[2], out = rank;
    MPI_Request receives[2], sends[2];
    int indices[2], some, left = 2;
    for (int i = 0; i < 2; i++)
        MPI_Irecv(&in[i], 1, MPI_DOUBLE, near[i], 0, MPI_COMM_WORLD, &receives[i]);
    for (int i = 0; !wrong && i < 2; i++)
        MPI_Isend(&out, 1, MPI_DOUBLE, near[i], 0, MPI_COMM_WORLD, &sends[i]);
    while (left > 0) {
        MPI_Waitsome(2, receives, &some, indices, MPI_STATUSES_IGNORE);
        left -= some;
    }
    for (int i = 0; wrong && i < 2; i++)
        MPI_Isend(&out, 1, MPI_DOUBLE, near[i], 0, MPI_COMM_WORLD, &sends[i]);
    MPI_Waitall(2, sends, MPI_STATUSES_IGNORE);
    MPI_Finalize();
    return 0;
}
