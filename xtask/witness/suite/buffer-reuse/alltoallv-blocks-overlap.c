// about: all ranks take the block of rank 1 to where the last element of that of rank 0 lies
// verdict: buffer-reuse
// ranks: 2 3 4 8
// lines: 26 MPI_Alltoallv

#include <mpi.h>
#include <string.h>

int main(int argc, char **argv)
{
    int wrong = argc > 1 && strcmp(argv[1], "wrong") == 0;
    int rank, size;
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    double out[128] = {0}, in[128];
    int counts[64], from[64], to[64];
    for (int i = 0; i < size; i++) {
        counts[i] = 2;
        from[i] = 2 * i;
        /* From the end to the beginning: the order does not matter. */
        to[i] = 2 * (size - 1 - i);
    }
    if (wrong)
        to[1] = to[0] - 1;
    MPI_Alltoallv(out, counts, from, MPI_DOUBLE, in, counts, to, MPI_DOUBLE, MPI_COMM_WORLD);
    MPI_Finalize();
    return 0;
}
