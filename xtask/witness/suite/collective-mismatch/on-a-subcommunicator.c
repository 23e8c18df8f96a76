// about: in each half the first rank gathers, the others gather at all
// verdict: collective-mismatch
// ranks: 3 4 8
// lines: 21 MPI_Gather, 23 MPI_Allgather

#include <mpi.h>
#include <string.h>

int main(int argc, char **argv)
{
    int wrong = argc > 1 && strcmp(argv[1], "wrong") == 0;
    int rank, size;
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    MPI_Comm half;
    int me, mine = rank, all[64];
    MPI_Comm_split(MPI_COMM_WORLD, rank >= (size + 1) / 2, 0, &half);
    MPI_Comm_rank(half, &me);
    if (wrong && me == 0)
        MPI_Gather(&mine, 1, MPI_INT, all, 1, MPI_INT, 0, half);
    else
        MPI_Allgather(&mine, 1, MPI_INT, all, 1, MPI_INT, half);
    MPI_Comm_free(&half);
    MPI_Finalize();
    return 0;
}
