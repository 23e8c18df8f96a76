// about: both ranks of a pair send synchronously before either receives
// verdict: deadlock
// ranks: 2 3 4 8
// lines: 19 MPI_Ssend

#include <mpi.h>
#include <string.h>

int main(int argc, char **argv)
{
    int wrong = argc > 1 && strcmp(argv[1], "wrong") == 0;
    int rank, size;
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    int peer = rank % 2 == 0 ? rank + 1 : rank - 1;
    short mine = rank, theirs;
    if (peer < size && (wrong || rank < peer)) {
        MPI_Ssend(&mine, 1, MPI_SHORT, peer, 0, MPI_COMM_WORLD);
        MPI_Recv(&theirs, 1, MPI_SHORT, peer, 0, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
    } else if (peer < size) {
        MPI_Recv(&theirs, 1, MPI_SHORT, peer, 0, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
        MPI_Ssend(&mine, 1, MPI_SHORT, peer, 0, MPI_COMM_WORLD);
    }
    MPI_Finalize();
    return 0;
}
