// about: in a reduction along a binary tree the leaves, too, wait for children: one that lies beyond the end
// verdict: deadlock
// ranks: 2 3 4 8
// lines: 22 MPI_Recv

#include <mpi.h>
#include <string.h>

int main(int argc, char **argv)
{
    int wrong = argc > 1 && strcmp(argv[1], "wrong") == 0;
    int rank, size;
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    int sum = rank, part;
    for (int child = 2 * rank + 1; child <= 2 * rank + 2; child++) {
        int from = child < size ? child : wrong ? size - 1 : MPI_PROC_NULL;
        if (from == rank)
            from = 0;
        part = 0;
        MPI_Recv(&part, 1, MPI_INT, from, 0, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
        sum += part;
    }
    if (rank > 0)
        MPI_Send(&sum, 1, MPI_INT, (rank - 1) / 2, 0, MPI_COMM_WORLD);
    MPI_Finalize();
    return 0;
}
