// about: rank 0 has no left neighbour and receives from the last rank instead of from MPI_PROC_NULL
// verdict: deadlock
// ranks: 2 3 4 8
// lines: 20 MPI_Recv, 21 MPI_Finalize

#include <mpi.h>
#include <string.h>

int main(int argc, char **argv)
{
    int wrong = argc > 1 && strcmp(argv[1], "wrong") == 0;
    int rank, size;
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    double cells[6] = {0, 1, 2, 3, 4, 0};
    int right = rank + 1 < size ? rank + 1 : MPI_PROC_NULL;
    int left = rank > 0 ? rank - 1 : wrong ? size - 1 : MPI_PROC_NULL;
    MPI_Send(&cells[4], 1, MPI_DOUBLE, right, 0, MPI_COMM_WORLD);
    MPI_Recv(&cells[0], 1, MPI_DOUBLE, left, 0, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
    MPI_Finalize();
    return 0;
}
