// about: every rank receives from its left neighbour before it sends to its right one
// verdict: deadlock
// ranks: 2 3 4 8
// lines: 21 MPI_Recv

#include <mpi.h>
#include <string.h>

int main(int argc, char **argv)
{
    int wrong = argc > 1 && strcmp(argv[1], "wrong") == 0;
    int rank, size;
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    int left = (rank + size - 1) % size, right = (rank + 1) % size;
    double mine = rank, theirs = 0;
    int begins = !wrong && rank == 0;
    if (begins)
        MPI_Send(&mine, 1, MPI_DOUBLE, right, 3, MPI_COMM_WORLD);
    MPI_Recv(&theirs, 1, MPI_DOUBLE, left, 3, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
    if (!begins)
        MPI_Send(&mine, 1, MPI_DOUBLE, right, 3, MPI_COMM_WORLD);
    MPI_Finalize();
    return 0;
}
