// about: the last rank is killed while it works between two reductions, and nobody is told
// verdict: crash
// ranks: 2 3 4 8
// lines: 18 MPI_Allreduce
// rank: last

#include <mpi.h>
#include <signal.h>
#include <string.h>

int main(int argc, char **argv)
{
    int wrong = argc > 1 && strcmp(argv[1], "wrong") == 0;
    int rank, size, sum;
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    MPI_Allreduce(&rank, &sum, 1, MPI_INT, MPI_SUM, MPI_COMM_WORLD);
    if (rank == size - 1)
        raise(wrong ? SIGKILL : SIGCONT);
    MPI_Allreduce(&sum, &rank, 1, MPI_INT, MPI_MAX, MPI_COMM_WORLD);
    MPI_Finalize();
    return 0;
}
