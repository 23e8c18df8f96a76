// about: the root broadcasts eight numbers, the others take four
// verdict: collective-mismatch
// ranks: 2 3 4 8
// lines: 21 MPI_Bcast, 23 MPI_Bcast

#include <mpi.h>
#include <string.h>

int main(int argc, char **argv)
{
    int wrong = argc > 1 && strcmp(argv[1], "wrong") == 0;
    int rank, size;
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    int values[8] = {0};
    MPI_Datatype pair;
    MPI_Type_contiguous(2, MPI_INT, &pair);
    MPI_Type_commit(&pair);
    if (rank == 0)
        MPI_Bcast(values, 8, MPI_INT, 0, MPI_COMM_WORLD);
    else if (wrong)
        MPI_Bcast(values, 4, MPI_INT, 0, MPI_COMM_WORLD);
    else
        MPI_Bcast(values, 4, pair, 0, MPI_COMM_WORLD);
    MPI_Type_free(&pair);
    MPI_Finalize();
    return 0;
}
