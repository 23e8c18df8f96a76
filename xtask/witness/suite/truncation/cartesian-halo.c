// about: in a halo exchange on a grid columns are sent as one vector and received one element short
// verdict: truncation
// ranks: 2 3 4 8
// lines: 29 MPI_Sendrecv

#include <mpi.h>
#include <string.h>

int main(int argc, char **argv)
{
    int wrong = argc > 1 && strcmp(argv[1], "wrong") == 0;
    int rank, size;
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    enum { N = 6 };
    double grid[N][N] = {{0}};
    int dims[2] = {0, 0}, periods[2] = {0, 0}, low, high, rows = wrong ? N - 1 : N;
    MPI_Comm plane;
    MPI_Datatype whole, part;
    MPI_Dims_create(size, 2, dims);
    MPI_Cart_create(MPI_COMM_WORLD, 2, dims, periods, 0, &plane);
    MPI_Type_vector(N, 1, N, MPI_DOUBLE, &whole);
    MPI_Type_vector(rows, 1, N, MPI_DOUBLE, &part);
    MPI_Type_commit(&whole);
    MPI_Type_commit(&part);
    for (int axis = 0; axis < 2; axis++) {
        MPI_Cart_shift(plane, axis, 1, &low, &high);
        MPI_Sendrecv(&grid[0][N - 2], 1, whole, high, 0, &grid[0][0], 1, part, low, 0, plane,
                     MPI_STATUS_IGNORE);
        MPI_Sendrecv(&grid[0][1], 1, whole, low, 1, &grid[0][N - 1], 1, part, high, 1, plane,
                     MPI_STATUS_IGNORE);
    }
    MPI_Type_free(&whole);
    MPI_Type_free(&part);
    MPI_Comm_free(&plane);
    MPI_Finalize();
    return 0;
}
