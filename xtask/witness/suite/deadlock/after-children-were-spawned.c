// about: two processes that the ranks have started do their part, and then the ranks wait for each other
// verdict: deadlock
// ranks: 2 3 4
// lines: 46 MPI_Recv
// spawns: yes

#include <mpi.h>
#include <string.h>
#include <unistd.h>

/* What the started processes do, which are ranks 0 and 1 of a world of their own: messages among
   themselves, and a result for the parents. */
static int child(MPI_Comm parents)
{
    int rank, word = 1;
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    usleep(200000);
    MPI_Sendrecv_replace(&word, 1, MPI_INT, 1 - rank, 0, 1 - rank, 0, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
    if (rank == 0)
        MPI_Send(&word, 1, MPI_INT, 0, 5, parents);
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
    MPI_Comm_spawn(argv[0], MPI_ARGV_NULL, 2, MPI_INFO_NULL, 0, MPI_COMM_WORLD, &family, MPI_ERRCODES_IGNORE);
    if (rank == 0)
        MPI_Recv(&word, 1, MPI_INT, 0, 5, family, MPI_STATUS_IGNORE);
    MPI_Barrier(family);
    MPI_Comm_disconnect(&family);
    int left = (rank + size - 1) % size, right = (rank + 1) % size;
    if (!wrong && rank == 0)
        MPI_Send(&word, 1, MPI_INT, right, 0, MPI_COMM_WORLD);
    MPI_Recv(&word, 1, MPI_INT, left, 0, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
    if (wrong || rank != 0)
        MPI_Send(&word, 1, MPI_INT, right, 0, MPI_COMM_WORLD);
    MPI_Finalize();
    return 0;
}
