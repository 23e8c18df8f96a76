// about: a datatype is used that was never made: its variable holds whatever was there
// verdict: invalid-argument
// ranks: 2 3 4
// lines: 21 MPI_Send

#include <mpi.h>
#include <string.h>

int main(int argc, char **argv)
{
    int wrong = argc > 1 && strcmp(argv[1], "wrong") == 0;
    int rank, size;
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    MPI_Datatype type = MPI_INT;
    if (wrong)
        memset(&type, 0x35, sizeof type);
    int x = rank;
    if (rank == 0)
        MPI_Send(&x, 1, type, 1, 0, MPI_COMM_WORLD);
    else if (rank == 1)
        MPI_Recv(&x, 1, MPI_INT, 0, 0, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
    MPI_Finalize();
    return 0;
}
