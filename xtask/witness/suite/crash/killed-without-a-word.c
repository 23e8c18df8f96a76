// about: the last rank is killed between two calls, by a signal that no program can take note of
// verdict: crash
// ranks: 2 3 4 8
// lines: none

#include <mpi.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

int main(int argc, char **argv)
{
    MPI_Init(&argc, &argv);
    int rank, size;
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    int wrong = argc > 1 && strcmp(argv[1], "wrong") == 0;
    if (rank == size - 1)
        raise(wrong ? SIGKILL : SIGCONT);
    MPI_Barrier(MPI_COMM_WORLD);
    if (rank == 0)
        printf("all %d ranks are there\n", size);
    MPI_Finalize();
    return 0;
}
