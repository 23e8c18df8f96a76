// about: the last rank leaves the barrier out and receives what rank 0 sends only after it
// verdict: deadlock
// ranks: 2 3 4 8
// lines: 18 MPI_Barrier, 22 MPI_Recv

#include <mpi.h>
#include <string.h>

int main(int argc, char **argv)
{
    int wrong = argc > 1 && strcmp(argv[1], "wrong") == 0;
    int rank, size;
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    double result = 2.5;
    if (!wrong || rank < size - 1)
        MPI_Barrier(MPI_COMM_WORLD);
    if (rank == 0)
        MPI_Send(&result, 1, MPI_DOUBLE, size - 1, 0, MPI_COMM_WORLD);
    if (rank == size - 1)
        MPI_Recv(&result, 1, MPI_DOUBLE, 0, 0, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
    MPI_Finalize();
    return 0;
}
