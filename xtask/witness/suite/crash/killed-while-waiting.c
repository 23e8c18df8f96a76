// about: rank 0 waits with all others and is then ended by a signal that its own alarm sends
// verdict: crash
// ranks: 2 3 4 8
// lines: 22 MPI_Allreduce

#include <mpi.h>
#include <string.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    int wrong = argc > 1 && strcmp(argv[1], "wrong") == 0;
    int rank, size;
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    int word = 0;
    if (rank == 0 && wrong)
        alarm(1);
    if (rank == 1)
        sleep(2);
    MPI_Allreduce(MPI_IN_PLACE, &word, 1, MPI_INT, MPI_SUM, MPI_COMM_WORLD);
    MPI_Finalize();
    return 0;
}
