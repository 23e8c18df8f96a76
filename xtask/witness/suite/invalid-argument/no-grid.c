// about: a communicator that has no grid is asked for its dimensions
// verdict: invalid-argument
// ranks: 2 3 4
// lines: 19 MPI_Cart_get

#include <mpi.h>
#include <string.h>

int main(int argc, char **argv)
{
    int wrong = argc > 1 && strcmp(argv[1], "wrong") == 0;
    int rank, size;
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    int dims[1] = {size}, periods[1] = {0}, coords[1];
    MPI_Comm grid;
    MPI_Cart_create(MPI_COMM_WORLD, 1, dims, periods, 0, &grid);
    MPI_Cart_get(wrong ? MPI_COMM_WORLD : grid, 1, dims, periods, coords);
    MPI_Comm_free(&grid);
    MPI_Finalize();
    return 0;
}
