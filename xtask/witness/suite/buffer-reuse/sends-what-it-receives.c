// about: a buffer with an active receive is sent on before the receive is complete
// verdict: buffer-reuse
// ranks: 3 4 8
// lines: 19 MPI_Irecv, 23 MPI_Send

#include <mpi.h>
#include <string.h>

int main(int argc, char **argv)
{
    int wrong = argc > 1 && strcmp(argv[1], "wrong") == 0;
    int rank, size;
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    double value = rank;
    MPI_Request request = MPI_REQUEST_NULL;
    if (rank > 0)
        MPI_Irecv(&value, 1, MPI_DOUBLE, rank - 1, 0, MPI_COMM_WORLD, &request);
    if (!wrong)
        MPI_Wait(&request, MPI_STATUS_IGNORE);
    if (rank + 1 < size)
        MPI_Send(&value, 1, MPI_DOUBLE, rank + 1, 0, MPI_COMM_WORLD);
    MPI_Wait(&request, MPI_STATUS_IGNORE);
    MPI_Finalize();
    return 0;
}
