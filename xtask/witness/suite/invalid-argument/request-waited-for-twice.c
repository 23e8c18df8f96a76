// about: each rank waits for a receive by a copy of its request, although the request is complete
// verdict: invalid-argument
// ranks: 2 3 5
// lines: 28 MPI_Wait
// mpi: mpich

#include <mpi.h>
#include <string.h>

int main(int argc, char **argv)
{
    int wrong = argc > 1 && strcmp(argv[1], "wrong") == 0;
    int rank, size;
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    int x = rank, y = 0, next = (rank + 1) % size, before = (rank + size - 1) % size;
    MPI_Request receive, first;
    MPI_Irecv(&y, 1, MPI_INT, before, 3, MPI_COMM_WORLD, &receive);
    first = receive;
    MPI_Send(&x, 1, MPI_INT, next, 3, MPI_COMM_WORLD);
    MPI_Wait(&receive, MPI_STATUS_IGNORE);
    if (!wrong) {
        /* A new one may well have the handle of the one that is gone. */
        MPI_Irecv(&y, 1, MPI_INT, before, 4, MPI_COMM_WORLD, &first);
        MPI_Send(&x, 1, MPI_INT, next, 4, MPI_COMM_WORLD);
    }
    MPI_Wait(&first, MPI_STATUS_IGNORE);
    MPI_Finalize();
    return 0;
}
