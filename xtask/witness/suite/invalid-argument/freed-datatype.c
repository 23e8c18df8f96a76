// about: a datatype is used after it was freed, which left MPI_DATATYPE_NULL in the variable
// verdict: invalid-argument
// ranks: 2 3 4 8
// lines: 24 MPI_Send

#include <mpi.h>
#include <string.h>

int main(int argc, char **argv)
{
    int wrong = argc > 1 && strcmp(argv[1], "wrong") == 0;
    int rank, size;
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    int numbers[3] = {1, 2, 3}, copies[3];
    MPI_Datatype triple;
    MPI_Request request;
    MPI_Type_contiguous(3, MPI_INT, &triple);
    MPI_Type_commit(&triple);
    MPI_Irecv(copies, 3, MPI_INT, rank, 0, MPI_COMM_WORLD, &request);
    if (wrong)
        MPI_Type_free(&triple);
    MPI_Send(numbers, 1, triple, rank, 0, MPI_COMM_WORLD);
    MPI_Wait(&request, MPI_STATUS_IGNORE);
    if (!wrong)
        MPI_Type_free(&triple);
    MPI_Finalize();
    return 0;
}
