// about: ranks reduce in place, rank 0 with one element less than the others
// verdict: collective-mismatch
// ranks: 2 3 4 8
// lines: 19 MPI_Reduce, 21 MPI_Reduce

#include <mpi.h>
#include <string.h>

int main(int argc, char **argv)
{
    int wrong = argc > 1 && strcmp(argv[1], "wrong") == 0;
    int rank, size;
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    int values[4] = {rank, rank, rank, rank};
    int count = wrong && rank == 0 ? 3 : 4;
    if (rank == 0)
        MPI_Reduce(MPI_IN_PLACE, values, count, MPI_INT, MPI_MAX, 0, MPI_COMM_WORLD);
    else
        MPI_Reduce(values, NULL, count, MPI_INT, MPI_MAX, 0, MPI_COMM_WORLD);
    MPI_Allreduce(MPI_IN_PLACE, values, 4, MPI_INT, MPI_SUM, MPI_COMM_WORLD);
    MPI_Finalize();
    return 0;
}
