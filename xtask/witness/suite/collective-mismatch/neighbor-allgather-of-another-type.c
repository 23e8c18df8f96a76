// about: in an exchange between neighbors of a grid rank 0 gives floats, and the others take integers
// verdict: collective-mismatch
// ranks: 4 6
// lines: 25 MPI_Neighbor_allgather

#include <mpi.h>
#include <string.h>

int main(int argc, char **argv)
{
    int wrong = argc > 1 && strcmp(argv[1], "wrong") == 0;
    int rank, size, lengths[2] = {0}, periodic[2] = {0};
    MPI_Init(&argc, &argv);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    MPI_Dims_create(size, 2, lengths);
    MPI_Comm grid;
    MPI_Cart_create(MPI_COMM_WORLD, 2, lengths, periodic, 0, &grid);
    MPI_Comm_rank(grid, &rank);
    MPI_Datatype pair, type = wrong && rank == 0 ? MPI_FLOAT : MPI_INT;
    MPI_Type_contiguous(2, MPI_INT, &pair);
    MPI_Type_commit(&pair);
    int own[2] = {rank, rank}, in[8];
    // Two integers are two integers, however they are named.
    MPI_Request request;
    MPI_Neighbor_allgather(own, 2, type, in, 1, pair, grid);
    MPI_Ineighbor_allgather(own, 1, pair, in, 2, MPI_INT, grid, &request);
    MPI_Wait(&request, MPI_STATUS_IGNORE);
    MPI_Type_free(&pair);
    MPI_Comm_free(&grid);
    MPI_Finalize();
    return 0;
}
