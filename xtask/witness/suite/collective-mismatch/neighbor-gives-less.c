// about: the last rank of a line gives its neighbor one element in an exchange of which that expects two
// verdict: collective-mismatch
// ranks: 3 4 5
// lines: 23 MPI_Neighbor_alltoall, 25 MPI_Neighbor_alltoall
// findings: 1

#include <mpi.h>
#include <string.h>

int main(int argc, char **argv)
{
    int wrong = argc > 1 && strcmp(argv[1], "wrong") == 0;
    int rank, size, periodic = 0;
    MPI_Init(&argc, &argv);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    MPI_Comm line;
    MPI_Cart_create(MPI_COMM_WORLD, 1, &size, &periodic, 0, &line);
    MPI_Comm_rank(line, &rank);
    int out[4] = {rank, rank, rank, rank}, in[4];
    if (rank == size - 1) {
        // Nothing goes beyond the open end, whatever its block.
        int count = wrong ? 1 : 2;
        MPI_Neighbor_alltoall(out, count, MPI_INT, in, 2, MPI_INT, line);
    } else {
        MPI_Neighbor_alltoall(out, 2, MPI_INT, in, 2, MPI_INT, line);
    }
    MPI_Comm_free(&line);
    MPI_Finalize();
    return 0;
}
