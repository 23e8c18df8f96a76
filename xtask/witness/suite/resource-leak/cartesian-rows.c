// about: the rows cut out of a Cartesian communicator are not freed; the grid itself is
// verdict: resource-leak
// ranks: 2 3 4 8
// lines: 20 MPI_Cart_sub

#include <mpi.h>
#include <string.h>

int main(int argc, char **argv)
{
    int wrong = argc > 1 && strcmp(argv[1], "wrong") == 0;
    int rank, size;
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    MPI_Comm grid, row;
    int dims[2] = {0, 0}, periods[2] = {1, 1}, keep[2] = {0, 1}, sum, mine = rank;
    MPI_Dims_create(size, 2, dims);
    MPI_Cart_create(MPI_COMM_WORLD, 2, dims, periods, 1, &grid);
    MPI_Cart_sub(grid, keep, &row);
    MPI_Allreduce(&mine, &sum, 1, MPI_INT, MPI_SUM, row);
    if (!wrong)
        MPI_Comm_free(&row);
    MPI_Comm_free(&grid);
    MPI_Finalize();
    return 0;
}
