// about: on a Cartesian ring the last rank leaves out the neighbourhood collective of the others
// verdict: deadlock
// ranks: 2 3 4 8
// lines: 20 MPI_Neighbor_alltoall, 21 MPI_Barrier

#include <mpi.h>
#include <string.h>

int main(int argc, char **argv)
{
    int wrong = argc > 1 && strcmp(argv[1], "wrong") == 0;
    int rank, size;
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    MPI_Comm ring;
    int periodic = 1, out[2] = {rank, -rank}, in[2];
    MPI_Cart_create(MPI_COMM_WORLD, 1, &size, &periodic, 0, &ring);
    if (rank < size - 1 || !wrong)
        MPI_Neighbor_alltoall(out, 1, MPI_INT, in, 1, MPI_INT, ring);
    MPI_Barrier(MPI_COMM_WORLD);
    MPI_Comm_free(&ring);
    MPI_Finalize();
    return 0;
}
