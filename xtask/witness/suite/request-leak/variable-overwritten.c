// about: a loop keeps the requests of all its sends in one variable, so that only the last is completed
// verdict: request-leak
// ranks: 3 4 8
// lines: 20 MPI_Isend

#include <mpi.h>
#include <string.h>

int main(int argc, char **argv)
{
    int wrong = argc > 1 && strcmp(argv[1], "wrong") == 0;
    int rank, size;
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    int words[64] = {0}, word;
    MPI_Request one = MPI_REQUEST_NULL, many[64];
    if (rank == 0) {
        for (int to = 1; to < size; to++)
            MPI_Isend(&words[to], 1, MPI_INT, to, 0, MPI_COMM_WORLD, wrong ? &one : &many[to]);
        if (wrong)
            MPI_Wait(&one, MPI_STATUS_IGNORE);
        else
            MPI_Waitall(size - 1, many + 1, MPI_STATUSES_IGNORE);
    } else {
        MPI_Recv(&word, 1, MPI_INT, 0, 0, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
    }
    MPI_Finalize();
    return 0;
}
