// about: rank 0 waits for any worker's result before it sends the start signal that the workers receive first
// verdict: deadlock
// ranks: 2 3 4 8
// lines: 26 MPI_Waitany, 32 MPI_Recv

#include <mpi.h>
#include <stdlib.h>
#include <string.h>

int main(int argc, char **argv)
{
    int wrong = argc > 1 && strcmp(argv[1], "wrong") == 0;
    int rank, size;
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    int go = 1, result = rank;
    if (rank == 0) {
        int *results = malloc(size * sizeof *results), done, i;
        MPI_Request *requests = malloc(size * sizeof *requests);
        for (i = 1; i < size; i++)
            MPI_Irecv(&results[i], 1, MPI_INT, i, 2, MPI_COMM_WORLD, &requests[i]);
        for (i = 1; !wrong && i < size; i++)
            MPI_Send(&go, 1, MPI_INT, i, 1, MPI_COMM_WORLD);
        for (i = 1; i < size; i++)
            MPI_Waitany(size - 1, requests + 1, &done, MPI_STATUS_IGNORE);
        for (i = 1; wrong && i < size; i++)
            MPI_Send(&go, 1, MPI_INT, i, 1, MPI_COMM_WORLD);
        free(requests);
        free(results);
    } else {
        MPI_Recv(&go, 1, MPI_INT, 0, 1, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
        MPI_Send(&result, 1, MPI_INT, 0, 2, MPI_COMM_WORLD);
    }
    MPI_Finalize();
    return 0;
}
