// about: an intercommunicator carries a message to every rank of the other group, of which the first is not received
// verdict: unmatched-message
// ranks: 4 8
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
    MPI_Comm local, across;
    int low = rank < size / 2, me, in, out = rank;
    MPI_Comm_split(MPI_COMM_WORLD, low, rank, &local);
    MPI_Intercomm_create(local, 0, MPI_COMM_WORLD, low ? size / 2 : 0, 1, &across);
    MPI_Comm_rank(across, &me);
    if (low)
        MPI_Send(&out, 1, MPI_INT, me, 0, across);
    else if (!wrong || me > 0)
        MPI_Recv(&in, 1, MPI_INT, me, 0, across, MPI_STATUS_IGNORE);
    MPI_Comm_free(&across);
    MPI_Comm_free(&local);
    MPI_Finalize();
    return 0;
}
