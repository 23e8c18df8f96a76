// about: rank 0 runs once more through a loop with a reduction, and meets the broadcast of the others there
// verdict: collective-mismatch
// ranks: 2 3 4 8
// lines: 19 MPI_Allreduce, 20 MPI_Bcast

#include <mpi.h>
#include <string.h>

int main(int argc, char **argv)
{
    int wrong = argc > 1 && strcmp(argv[1], "wrong") == 0;
    int rank, size;
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    double error = 1, worst;
    int rounds = wrong && rank == 0 ? 4 : 3;
    for (int i = 0; i < rounds; i++)
        MPI_Allreduce(&error, &worst, 1, MPI_DOUBLE, MPI_MAX, MPI_COMM_WORLD);
    MPI_Bcast(&worst, 1, MPI_DOUBLE, 0, MPI_COMM_WORLD);
    MPI_Finalize();
    return 0;
}
