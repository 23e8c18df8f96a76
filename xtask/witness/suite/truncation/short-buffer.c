// about: ten numbers are sent, and the receive has room for nine; more room than needed is allowed
// verdict: truncation
// ranks: 2 3 4 8
// lines: 18 MPI_Send, 20 MPI_Recv

#include <mpi.h>
#include <string.h>

int main(int argc, char **argv)
{
    int wrong = argc > 1 && strcmp(argv[1], "wrong") == 0;
    int rank, size;
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    int numbers[12] = {0};
    if (rank == 0)
        MPI_Send(numbers, 10, MPI_INT, 1, 0, MPI_COMM_WORLD);
    else if (rank == 1)
        MPI_Recv(numbers, wrong ? 9 : 12, MPI_INT, 0, 0, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
    MPI_Finalize();
    return 0;
}
