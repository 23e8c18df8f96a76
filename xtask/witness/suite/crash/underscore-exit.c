// about: the last rank leaves by _exit, which runs nothing that was to run at its end
// verdict: crash
// ranks: 2 3 4 8
// lines: none

#include <mpi.h>
#include <string.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    MPI_Init(&argc, &argv);
    int rank, size;
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    int wrong = argc > 1 && strcmp(argv[1], "wrong") == 0;
    if (wrong && rank == size - 1)
        _exit(7);
    MPI_Barrier(MPI_COMM_WORLD);
    MPI_Finalize();
    return 0;
}
