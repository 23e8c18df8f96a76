// about: the root broadcasts four numbers, the others have eight for it: more room is no excuse in a collective
// verdict: collective-mismatch
// ranks: 2 3 4 8
// lines: 18 MPI_Bcast

#include <mpi.h>
#include <string.h>

int main(int argc, char **argv)
{
    int wrong = argc > 1 && strcmp(argv[1], "wrong") == 0;
    int rank, size;
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    double values[8] = {0};
    int count = wrong && rank > 0 ? 8 : 4;
    MPI_Bcast(values, count, MPI_DOUBLE, 0, MPI_COMM_WORLD);
    MPI_Finalize();
    return 0;
}
