// about: the last rank frees a receive that it has begun, so that it never learns when its number has come
// verdict: request-leak
// ranks: 2 3 4 8
// lines: 19 MPI_Irecv, 21 MPI_Request_free

#include <mpi.h>
#include <string.h>

int main(int argc, char **argv)
{
    int wrong = argc > 1 && strcmp(argv[1], "wrong") == 0;
    int rank, size, word = 3;
    MPI_Request request;
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    if (rank == size - 1) {
        int came;
        MPI_Irecv(&came, 1, MPI_INT, 0, 0, MPI_COMM_WORLD, &request);
        if (wrong)
            MPI_Request_free(&request);
        else
            MPI_Wait(&request, MPI_STATUS_IGNORE);
        MPI_Barrier(MPI_COMM_WORLD);
    } else {
        // A send may be freed: what has come tells that it has gone.
        if (rank == 0) {
            MPI_Isend(&word, 1, MPI_INT, size - 1, 0, MPI_COMM_WORLD, &request);
            MPI_Request_free(&request);
        }
        MPI_Barrier(MPI_COMM_WORLD);
    }
    MPI_Finalize();
    return 0;
}
