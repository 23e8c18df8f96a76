// about: the root sends only after a broadcast what rank 1 waits for before it calls it
// verdict: deadlock
// ranks: 2 3 4 8
// lines: 20 MPI_Bcast, 26 MPI_Recv
// strict: yes

#include <mpi.h>
#include <string.h>

int main(int argc, char **argv)
{
    int wrong = argc > 1 && strcmp(argv[1], "wrong") == 0;
    int rank, word = 3;
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    if (rank == 0) {
        if (!wrong)
            MPI_Ssend(&word, 1, MPI_INT, 1, 0, MPI_COMM_WORLD);
        // A root may go on before the others have called it, and need not.
        MPI_Bcast(&word, 1, MPI_INT, 0, MPI_COMM_WORLD);
        if (wrong)
            MPI_Ssend(&word, 1, MPI_INT, 1, 0, MPI_COMM_WORLD);
    } else {
        int came;
        if (rank == 1)
            MPI_Recv(&came, 1, MPI_INT, 0, 0, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
        MPI_Bcast(&word, 1, MPI_INT, 0, MPI_COMM_WORLD);
    }
    MPI_Finalize();
    return 0;
}
