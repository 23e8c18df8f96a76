// about: rank 0 gives the length of the whole result as the count of each part
// verdict: collective-mismatch
// ranks: 2 3 4 8
// lines: 18 MPI_Allgather

#include <mpi.h>
#include <string.h>

int main(int argc, char **argv)
{
    int wrong = argc > 1 && strcmp(argv[1], "wrong") == 0;
    int rank, size;
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    int mine[64] = {rank}, all[64 * 64];
    int each = wrong && rank == 0 ? size : 1;
    MPI_Allgather(mine, each, MPI_INT, all, each, MPI_INT, MPI_COMM_WORLD);
    MPI_Finalize();
    return 0;
}
