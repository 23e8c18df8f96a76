// about: the leaders of two groups receive from each other across an intercommunicator before either sends
// verdict: deadlock
// ranks: 2 3 4 8
// lines: 24 MPI_Recv

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
    int odd = rank % 2, in = -1, me;
    MPI_Comm_split(MPI_COMM_WORLD, odd, rank, &local);
    MPI_Intercomm_create(local, 0, MPI_COMM_WORLD, 1 - odd, 9, &across);
    MPI_Comm_rank(across, &me);
    if (me == 0) {
        if (!wrong && odd)
            MPI_Send(&rank, 1, MPI_INT, 0, 0, across);
        MPI_Recv(&in, 1, MPI_INT, 0, 0, across, MPI_STATUS_IGNORE);
        if (wrong || !odd)
            MPI_Send(&rank, 1, MPI_INT, 0, 0, across);
    }
    MPI_Comm_free(&across);
    MPI_Comm_free(&local);
    MPI_Finalize();
    return 0;
}
