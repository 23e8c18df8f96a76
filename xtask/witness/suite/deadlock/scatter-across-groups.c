// about: the root of a scatter to another group sends afterwards what a rank there waits for before it calls it
// verdict: deadlock
// ranks: 2 3 4
// lines: 29 MPI_Scatter, 34 MPI_Recv
// strict: yes

#include <mpi.h>
#include <stdlib.h>
#include <string.h>

int main(int argc, char **argv)
{
    int wrong = argc > 1 && strcmp(argv[1], "wrong") == 0;
    int rank, size, word = 3;
    MPI_Comm own, between;
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    int *words = calloc(size, sizeof *words);
    // Rank 0 is a group of its own.
    MPI_Comm_split(MPI_COMM_WORLD, rank > 0, rank, &own);
    MPI_Intercomm_create(own, 0, MPI_COMM_WORLD, rank == 0, 0, &between);
    MPI_Barrier(MPI_COMM_WORLD);
    if (rank == 0) {
        if (!wrong)
            MPI_Ssend(&word, 1, MPI_INT, size - 1, 0, MPI_COMM_WORLD);
        // It may go on before the others have called it, and need not.
        for (int round = 0; round < 2; round++)
            MPI_Scatter(words, 1, MPI_INT, NULL, 0, MPI_INT, MPI_ROOT, between);
        if (wrong)
            MPI_Ssend(&word, 1, MPI_INT, size - 1, 0, MPI_COMM_WORLD);
    } else {
        if (rank == size - 1)
            MPI_Recv(&word, 1, MPI_INT, 0, 0, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
        for (int round = 0; round < 2; round++)
            MPI_Scatter(NULL, 0, MPI_INT, &word, 1, MPI_INT, 0, between);
    }
    MPI_Comm_free(&between);
    MPI_Comm_free(&own);
    free(words);
    MPI_Finalize();
    return 0;
}
