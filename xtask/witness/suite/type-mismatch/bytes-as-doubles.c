// about: doubles are received as so many bytes, which MPI lets pass and does not promise
// verdict: type-mismatch
// ranks: 2 3 4 8
// lines: 19 MPI_Send, 22 MPI_Recv

#include <mpi.h>
#include <string.h>

int main(int argc, char **argv)
{
    int wrong = argc > 1 && strcmp(argv[1], "wrong") == 0;
    int rank, used = 0;
    double numbers[3] = {1, 2, 3};
    char space[64];
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    if (rank == 0) {
        MPI_Pack(numbers, 3, MPI_DOUBLE, space, 64, &used, MPI_COMM_WORLD);
        MPI_Send(numbers, 3, MPI_DOUBLE, 1, 0, MPI_COMM_WORLD);
        MPI_Send(space, used, MPI_PACKED, 1, 1, MPI_COMM_WORLD);
    } else if (rank == 1) {
        MPI_Recv(numbers, wrong ? 24 : 3, wrong ? MPI_BYTE : MPI_DOUBLE, 0, 0, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
        // What was packed may be received as what it is.
        MPI_Recv(numbers, 3, MPI_DOUBLE, 0, 1, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
    }
    MPI_Finalize();
    return 0;
}
