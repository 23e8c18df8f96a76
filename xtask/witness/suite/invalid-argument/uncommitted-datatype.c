// about: a datatype is sent that was never committed
// verdict: invalid-argument
// ranks: 2 3 4 8
// lines: 22 MPI_Send

#include <mpi.h>
#include <string.h>

int main(int argc, char **argv)
{
    int wrong = argc > 1 && strcmp(argv[1], "wrong") == 0;
    int rank, size;
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    int matrix[9] = {0}, column[3];
    MPI_Datatype type;
    MPI_Type_vector(3, 1, 3, MPI_INT, &type);
    if (!wrong)
        MPI_Type_commit(&type);
    if (rank == 0)
        MPI_Send(matrix, 1, type, 1, 0, MPI_COMM_WORLD);
    else if (rank == 1)
        MPI_Recv(column, 3, MPI_INT, 0, 0, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
    MPI_Type_free(&type);
    MPI_Finalize();
    return 0;
}
