// about: a committed datatype is never freed
// verdict: resource-leak
// ranks: 2 3 4 8
// lines: 18 MPI_Type_vector

#include <mpi.h>
#include <string.h>

int main(int argc, char **argv)
{
    int wrong = argc > 1 && strcmp(argv[1], "wrong") == 0;
    int rank, size;
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    double matrix[16] = {0}, column[4];
    MPI_Datatype type;
    MPI_Type_vector(4, 1, 4, MPI_DOUBLE, &type);
    MPI_Type_commit(&type);
    MPI_Sendrecv(matrix, 1, type, rank, 0, column, 4, MPI_DOUBLE, rank, 0, MPI_COMM_WORLD,
                 MPI_STATUS_IGNORE);
    if (!wrong)
        MPI_Type_free(&type);
    MPI_Finalize();
    return 0;
}
