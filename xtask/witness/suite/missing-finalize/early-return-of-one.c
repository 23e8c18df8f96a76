// about: rank 0 returns from main early, after a message, without finalizing
// verdict: missing-finalize
// ranks: 2 3 4 8
// lines: none

#include <mpi.h>
#include <string.h>

int main(int argc, char **argv)
{
    int wrong = argc > 1 && strcmp(argv[1], "wrong") == 0;
    int rank, size;
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    int word = 1;
    if (rank == 1)
        MPI_Ssend(&word, 1, MPI_INT, 0, 0, MPI_COMM_WORLD);
    if (rank == 0) {
        MPI_Recv(&word, 1, MPI_INT, 1, 0, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
        if (wrong && word == 1)
            return 0;
    }
    MPI_Finalize();
    return 0;
}
