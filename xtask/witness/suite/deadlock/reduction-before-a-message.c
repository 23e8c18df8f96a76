// about: rank 1 gives to a reduction before it sends what the root waits for before it calls it; the two are in a communicator of their own
// verdict: deadlock
// ranks: 2 3 4
// lines: 20 MPI_Reduce, 25 MPI_Recv
// strict: yes

#include <mpi.h>
#include <string.h>

int main(int argc, char **argv)
{
    int wrong = argc > 1 && strcmp(argv[1], "wrong") == 0;
    int rank, word = 3, sum = 0;
    MPI_Comm pair;
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_split(MPI_COMM_WORLD, rank / 2, -rank, &pair);
    if (rank == 1) {
        if (wrong)
            MPI_Reduce(&word, &sum, 1, MPI_INT, MPI_SUM, 1, pair);
        MPI_Ssend(&word, 1, MPI_INT, 0, 0, MPI_COMM_WORLD);
        if (!wrong)
            MPI_Reduce(&word, &sum, 1, MPI_INT, MPI_SUM, 1, pair);
    } else if (rank == 0) {
        MPI_Recv(&word, 1, MPI_INT, 1, 0, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
        MPI_Reduce(&word, &sum, 1, MPI_INT, MPI_SUM, 1, pair);
    }
    MPI_Bcast(&sum, 1, MPI_INT, 0, MPI_COMM_SELF);
    MPI_Comm_free(&pair);
    MPI_Finalize();
    return 0;
}
