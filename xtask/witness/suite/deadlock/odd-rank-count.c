// about: ranks exchange in pairs, and with an odd count the last one takes rank 0 for its partner
// verdict: deadlock
// ranks: 3
// lines: 22 MPI_Recv, 25 MPI_Finalize

#include <mpi.h>
#include <string.h>

int main(int argc, char **argv)
{
    int wrong = argc > 1 && strcmp(argv[1], "wrong") == 0;
    int rank, size;
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    int mine = rank, other = rank;
    int partner = rank % 2 == 0 ? rank + 1 : rank - 1;
    if (partner == size)
        partner = wrong ? 0 : MPI_PROC_NULL;
    if (rank % 2 == 1)
        MPI_Send(&mine, 1, MPI_INT, partner, 0, MPI_COMM_WORLD);
    MPI_Recv(&other, 1, MPI_INT, partner, 0, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
    if (rank % 2 == 0)
        MPI_Send(&mine, 1, MPI_INT, partner, 0, MPI_COMM_WORLD);
    MPI_Finalize();
    return 0;
}
