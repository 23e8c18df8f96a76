// about: a library initializes MPI although the program has done so, without asking
// verdict: missing-finalize
// ranks: 2 3 4 8
// lines: 14 MPI_Init

#include <mpi.h>
#include <string.h>

static void library(int wrong)
{
    int initialized;
    MPI_Initialized(&initialized);
    if (wrong || !initialized)
        MPI_Init(NULL, NULL);
}

int main(int argc, char **argv)
{
    int wrong = argc > 1 && strcmp(argv[1], "wrong") == 0;
    int rank, size;
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    library(wrong);
    MPI_Barrier(MPI_COMM_WORLD);
    MPI_Finalize();
    return 0;
}
