// about: the root expects one element of each rank, while each sends as many as its rank says and one
// verdict: collective-mismatch
// ranks: 2 3 4 8
// lines: 22 MPI_Gatherv

#include <mpi.h>
#include <string.h>

int main(int argc, char **argv)
{
    int wrong = argc > 1 && strcmp(argv[1], "wrong") == 0;
    int rank, size;
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    int mine[64] = {0}, all[64 * 64], counts[64], starts[64], next = 0;
    for (int i = 0; i < size; i++) {
        counts[i] = wrong ? 1 : i + 1;
        starts[i] = next;
        next += i + 1;
    }
    MPI_Gatherv(mine, rank + 1, MPI_INT, all, counts, starts, MPI_INT, 0, MPI_COMM_WORLD);
    MPI_Finalize();
    return 0;
}
