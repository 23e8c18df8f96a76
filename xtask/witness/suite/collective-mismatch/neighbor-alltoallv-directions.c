// about: on a ring that sends more to one side than to the other, one rank expects both the same
// verdict: collective-mismatch
// ranks: 2 3 4
// lines: 24 MPI_Neighbor_alltoallv

#include <mpi.h>
#include <string.h>

int main(int argc, char **argv)
{
    int wrong = argc > 1 && strcmp(argv[1], "wrong") == 0;
    int rank, size, periodic = 1;
    MPI_Init(&argc, &argv);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    MPI_Comm ring;
    MPI_Cart_create(MPI_COMM_WORLD, 1, &size, &periodic, 0, &ring);
    MPI_Comm_rank(ring, &rank);
    // One element to the left, three to the right: from the left come three, from the right one.
    double out[4] = {rank, rank, rank, rank}, in[8];
    int given[2] = {1, 3}, from[2] = {0, 1}, taken[2] = {3, 1}, to[2] = {0, 3};
    if (wrong && rank == 1)
        taken[0] = taken[1] = 2;
    for (int round = 0; round < 2; round++)
        MPI_Neighbor_alltoallv(out, given, from, MPI_DOUBLE, in, taken, to, MPI_DOUBLE, ring);
    MPI_Comm_free(&ring);
    MPI_Finalize();
    return 0;
}
