// about: a barrier comes after MPI_Finalize; whether MPI is finalized may be asked
// verdict: missing-finalize
// ranks: 2 3 4 8
// lines: 18 MPI_Barrier

#include <mpi.h>
#include <string.h>

int main(int argc, char **argv)
{
    int wrong = argc > 1 && strcmp(argv[1], "wrong") == 0;
    int finalized;
    MPI_Init(&argc, &argv);
    MPI_Barrier(MPI_COMM_WORLD);
    MPI_Finalize();
    MPI_Finalized(&finalized);
    if (wrong)
        MPI_Barrier(MPI_COMM_WORLD);
    return finalized ? 0 : 1;
}
