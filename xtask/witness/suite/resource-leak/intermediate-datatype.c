// about: the type from which another was made is not freed; that it is no longer needed does not free it
// verdict: resource-leak
// ranks: 2 3 4 8
// lines: 18 MPI_Type_contiguous

#include <mpi.h>
#include <string.h>

int main(int argc, char **argv)
{
    int wrong = argc > 1 && strcmp(argv[1], "wrong") == 0;
    int rank, size;
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    int pairs[6] = {0};
    MPI_Datatype pair, three;
    MPI_Type_contiguous(2, MPI_INT, &pair);
    MPI_Type_contiguous(3, pair, &three);
    MPI_Type_commit(&three);
    if (!wrong)
        MPI_Type_free(&pair);
    MPI_Bcast(pairs, 1, three, 0, MPI_COMM_WORLD);
    MPI_Type_free(&three);
    MPI_Finalize();
    return 0;
}
