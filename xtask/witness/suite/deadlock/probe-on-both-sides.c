// about: ranks 0 and 1 both probe for the other's message to learn its length, before any is sent
// verdict: deadlock
// ranks: 2 3 4 8
// lines: 14 MPI_Probe

#include <mpi.h>
#include <stdlib.h>
#include <string.h>

static void take(int from)
{
    MPI_Status status;
    int length;
    MPI_Probe(from, MPI_ANY_TAG, MPI_COMM_WORLD, &status);
    MPI_Get_count(&status, MPI_INT, &length);
    int *data = calloc(length, sizeof *data);
    MPI_Recv(data, length, MPI_INT, from, status.MPI_TAG, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
    free(data);
}

int main(int argc, char **argv)
{
    int wrong = argc > 1 && strcmp(argv[1], "wrong") == 0;
    int rank, size;
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    int data[5] = {1, 2, 3, 4, 5};
    int first = wrong ? -1 : 0;
    if (rank < 2) {
        if (rank == first)
            MPI_Send(data, 5, MPI_INT, 1 - rank, 4, MPI_COMM_WORLD);
        take(1 - rank);
        if (rank != first)
            MPI_Send(data, 3, MPI_INT, 1 - rank, 6, MPI_COMM_WORLD);
    }
    MPI_Finalize();
    return 0;
}
