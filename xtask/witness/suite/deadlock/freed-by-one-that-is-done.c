// about: the last rank leaves a loop of exchanges on a ring one round early, and frees the ring
// verdict: deadlock
// ranks: 3 4 5
// lines: 22 MPI_Neighbor_alltoall, 23 MPI_Comm_free

#include <mpi.h>
#include <string.h>

int main(int argc, char **argv)
{
    int wrong = argc > 1 && strcmp(argv[1], "wrong") == 0;
    int rank, size;
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    int length = size, is_ring = 1;
    double mine[2] = {rank, rank}, theirs[2];
    MPI_Comm ring;
    MPI_Cart_create(MPI_COMM_WORLD, 1, &length, &is_ring, 0, &ring);
    int rounds = wrong && rank == size - 1 ? 2 : 3;
    while (rounds-- > 0)
        MPI_Neighbor_alltoall(mine, 1, MPI_DOUBLE, theirs, 1, MPI_DOUBLE, ring);
    MPI_Comm_free(&ring);
    MPI_Finalize();
    return 0;
}
