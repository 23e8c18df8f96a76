// about: ints are sent and received as floats of the same size; as MPI_BYTE on both sides that is allowed
// verdict: type-mismatch
// ranks: 2 3 4 8
// lines: 21 MPI_Irecv, 25 MPI_Send

#include <mpi.h>
#include <string.h>

int main(int argc, char **argv)
{
    int wrong = argc > 1 && strcmp(argv[1], "wrong") == 0;
    int rank, size;
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    int numbers[3] = {1, 2, 3};
    float copies[3];
    int right = (rank + 1) % size, left = (rank + size - 1) % size;
    MPI_Request request;
    if (wrong)
        MPI_Irecv(copies, 3, MPI_FLOAT, left, 0, MPI_COMM_WORLD, &request);
    else
        MPI_Irecv(copies, sizeof copies, MPI_BYTE, left, 0, MPI_COMM_WORLD, &request);
    if (wrong)
        MPI_Send(numbers, 3, MPI_INT, right, 0, MPI_COMM_WORLD);
    else
        MPI_Send(numbers, sizeof numbers, MPI_BYTE, right, 0, MPI_COMM_WORLD);
    MPI_Wait(&request, MPI_STATUS_IGNORE);
    MPI_Finalize();
    return 0;
}
