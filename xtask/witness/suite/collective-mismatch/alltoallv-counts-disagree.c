// about: each rank expects two elements of its right neighbour, which sends one
// verdict: collective-mismatch
// ranks: 2 3 4 8
// lines: 23 MPI_Alltoallv

#include <mpi.h>
#include <string.h>

int main(int argc, char **argv)
{
    int wrong = argc > 1 && strcmp(argv[1], "wrong") == 0;
    int rank, size;
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    int out[64] = {0}, in[128] = {0}, give[64], take[64], from[64], to[64];
    for (int i = 0; i < size; i++) {
        give[i] = 1;
        take[i] = wrong && i == (rank + 1) % size ? 2 : 1;
        from[i] = i;
        to[i] = 2 * i;
    }
    MPI_Alltoallv(out, give, from, MPI_INT, in, take, to, MPI_INT, MPI_COMM_WORLD);
    MPI_Finalize();
    return 0;
}
