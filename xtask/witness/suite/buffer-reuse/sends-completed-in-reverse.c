// about: two sends that are complete at once are waited for in reverse; a buffer may change once its own wait is over
// verdict: buffer-reuse
// ranks: 2 3 4
// lines: 23 MPI_Isend

#include <mpi.h>
#include <string.h>

int main(int argc, char **argv)
{
    int wrong = argc > 1 && strcmp(argv[1], "wrong") == 0;
    int rank;
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    if (rank == 1) {
        int got[2];
        MPI_Recv(&got[0], 1, MPI_INT, 0, 0, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
        MPI_Recv(&got[1], 1, MPI_INT, 0, 0, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
    }
    if (rank == 0) {
        int first = 1, second = 2;
        MPI_Request one, other;
        MPI_Isend(&first, 1, MPI_INT, 1, 0, MPI_COMM_WORLD, &one);
        MPI_Isend(&second, 1, MPI_INT, 1, 0, MPI_COMM_WORLD, &other);
        if (wrong)
            first = 3;
        MPI_Wait(&other, MPI_STATUS_IGNORE);
        /* Its wait is over. */
        second = 4;
        MPI_Wait(&one, MPI_STATUS_IGNORE);
    }
    MPI_Finalize();
    return 0;
}
