// about: the root scatters three elements to each rank, each takes two
// verdict: collective-mismatch
// ranks: 2 3 4 8
// lines: 17 MPI_Scatter

#include <mpi.h>
#include <string.h>

int main(int argc, char **argv)
{
    int wrong = argc > 1 && strcmp(argv[1], "wrong") == 0;
    int rank, size;
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    float all[3 * 64] = {0}, mine[3];
    MPI_Scatter(all, wrong ? 3 : 2, MPI_FLOAT, mine, 2, MPI_FLOAT, 0, MPI_COMM_WORLD);
    MPI_Finalize();
    return 0;
}
