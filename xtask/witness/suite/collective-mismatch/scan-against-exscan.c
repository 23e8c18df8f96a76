// about: the last rank calls the exclusive scan, all others the inclusive one
// verdict: collective-mismatch
// ranks: 2 3 4 8
// lines: 18 MPI_Exscan, 20 MPI_Scan

#include <mpi.h>
#include <string.h>

int main(int argc, char **argv)
{
    int wrong = argc > 1 && strcmp(argv[1], "wrong") == 0;
    int rank, size;
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    int part = 1, prefix = 0;
    if (wrong && rank == size - 1)
        MPI_Exscan(&part, &prefix, 1, MPI_INT, MPI_SUM, MPI_COMM_WORLD);
    else
        MPI_Scan(&part, &prefix, 1, MPI_INT, MPI_SUM, MPI_COMM_WORLD);
    MPI_Finalize();
    return 0;
}
