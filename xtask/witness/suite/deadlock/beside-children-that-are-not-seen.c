// about: processes that the ranks have started do not load what is loaded into the ranks, which wait for each other
// verdict: deadlock
// ranks: 2 3
// lines: 42 MPI_Recv
// spawns: yes

#include <mpi.h>
#include <stdlib.h>
#include <string.h>

/* What a started process does, of which nobody hears but its parent. */
static int child(MPI_Comm parents)
{
    int rank, word = 1;
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Send(&word, 1, MPI_INT, 0, rank, parents);
    MPI_Barrier(parents);
    MPI_Comm_disconnect(&parents);
    MPI_Finalize();
    return 0;
}

int main(int argc, char **argv)
{
    int wrong = argc > 1 && strcmp(argv[1], "wrong") == 0;
    int rank, size, word = 0;
    MPI_Comm family;
    MPI_Init(&argc, &argv);
    MPI_Comm_get_parent(&family);
    if (family != MPI_COMM_NULL)
        return child(family);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    char *arguments[] = {"-u", "LD_PRELOAD", realpath(argv[0], NULL), NULL};
    MPI_Comm_spawn("/usr/bin/env", arguments, 2, MPI_INFO_NULL, 0, MPI_COMM_WORLD, &family, MPI_ERRCODES_IGNORE);
    /* From a named child: MPICH 5.0.2 can wait for ever in a wildcard receive on an intercommunicator. */
    for (int nth = 0; rank == 0 && nth < 2; nth++)
        MPI_Recv(&word, 1, MPI_INT, nth, nth, family, MPI_STATUS_IGNORE);
    MPI_Barrier(family);
    MPI_Comm_disconnect(&family);
    if (wrong || rank != 0)
        MPI_Recv(&word, 1, MPI_INT, (rank + size - 1) % size, 0, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
    MPI_Send(&word, 1, MPI_INT, (rank + 1) % size, 0, MPI_COMM_WORLD);
    if (!wrong && rank == 0)
        MPI_Recv(&word, 1, MPI_INT, size - 1, 0, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
    MPI_Finalize();
    return 0;
}
