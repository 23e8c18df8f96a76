// about: the last rank returns from main as soon as its own part has converged, while the others go on
// verdict: missing-finalize
// ranks: 2 3 4
// lines: 23 MPI_Allreduce
// rank: last

#include <mpi.h>
#include <string.h>

int main(int argc, char **argv)
{
    int wrong = argc > 1 && strcmp(argv[1], "wrong") == 0;
    int rank, size;
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    double rest = rank == size - 1 ? 0.1 : 1, most = 1;
    while (most > 0.01) {
        rest /= 2;
        /* The greatest rest of all decides. */
        if (wrong && rest < 0.01)
            return 0;
        MPI_Allreduce(&rest, &most, 1, MPI_DOUBLE, MPI_MAX, MPI_COMM_WORLD);
    }
    MPI_Finalize();
    return 0;
}
