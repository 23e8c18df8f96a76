// about: odd ranks ask for the maximum, even ranks for the sum
// verdict: collective-mismatch
// ranks: 2 3 4 8
// lines: 17 MPI_Allreduce

#include <mpi.h>
#include <string.h>

int main(int argc, char **argv)
{
    int wrong = argc > 1 && strcmp(argv[1], "wrong") == 0;
    int rank, size;
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    double mine = rank + 0.5, whole;
    MPI_Allreduce(&mine, &whole, 1, MPI_DOUBLE, wrong && rank % 2 ? MPI_MAX : MPI_SUM,
                  MPI_COMM_WORLD);
    MPI_Finalize();
    return 0;
}
