// about: a handler of a signal ends the job while its rank waits in a barrier
// verdict: crash
// ranks: 2 3 4
// lines: 14 MPI_Abort
// rank: last

#include <mpi.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

static void too_late(int signal)
{
    MPI_Abort(MPI_COMM_WORLD, signal);
}

int main(int argc, char **argv)
{
    int wrong = argc > 1 && strcmp(argv[1], "wrong") == 0;
    int rank, size;
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    signal(SIGALRM, too_late);
    if (wrong && rank == size - 1)
        alarm(1);
    if (wrong && rank == 0)
        sleep(2);
    MPI_Barrier(MPI_COMM_WORLD);
    MPI_Finalize();
    return 0;
}
