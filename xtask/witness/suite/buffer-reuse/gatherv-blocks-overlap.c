// about: each of the blocks that the root gathers begins in the middle of the one before
// verdict: buffer-reuse
// ranks: 2 3 4 8
// lines: 21 MPI_Gatherv

#include <mpi.h>
#include <string.h>

int main(int argc, char **argv)
{
    int wrong = argc > 1 && strcmp(argv[1], "wrong") == 0;
    int rank, size;
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    int mine[2] = {rank, rank}, all[128], counts[64], starts[64];
    for (int i = 0; i < size; i++) {
        counts[i] = 2;
        starts[i] = (wrong ? 1 : 2) * i;
    }
    MPI_Gatherv(mine, 2, MPI_INT, all, counts, starts, MPI_INT, 0, MPI_COMM_WORLD);
    MPI_Finalize();
    return 0;
}
