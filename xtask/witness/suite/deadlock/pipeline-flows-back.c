// about: stages of a pipeline wait for an acknowledgement of their successor, which the last stage does not give
// verdict: deadlock
// ranks: 2 3 4 8
// lines: 20 MPI_Recv, 24 MPI_Recv

#include <mpi.h>
#include <string.h>

int main(int argc, char **argv)
{
    int wrong = argc > 1 && strcmp(argv[1], "wrong") == 0;
    int rank, size;
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    int item = 0, ack = 1;
    int next = rank + 1 < size ? rank + 1 : MPI_PROC_NULL;
    int previous = rank > 0 ? rank - 1 : MPI_PROC_NULL;
    for (int i = 0; i < 2; i++) {
        MPI_Recv(&item, 1, MPI_INT, previous, 0, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
        MPI_Send(&item, 1, MPI_INT, next, 0, MPI_COMM_WORLD);
        if (!wrong || rank < size - 1)
            MPI_Send(&ack, 1, MPI_INT, previous, 1, MPI_COMM_WORLD);
        MPI_Recv(&ack, 1, MPI_INT, next, 1, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
    }
    MPI_Finalize();
    return 0;
}
