// about: the root broadcasts four columns of a matrix that has three: the fourth is the first, one row down
// verdict: buffer-reuse
// ranks: 2 3 4 8
// lines: 22 MPI_Bcast

#include <mpi.h>
#include <string.h>

int main(int argc, char **argv)
{
    int wrong = argc > 1 && strcmp(argv[1], "wrong") == 0;
    int rank, size;
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    enum { ROWS = 4, COLUMNS = 3 };
    MPI_Datatype apart, column;
    MPI_Type_vector(ROWS, 1, COLUMNS, MPI_INT, &apart);
    MPI_Type_create_resized(apart, 0, sizeof(int), &column);
    MPI_Type_commit(&column);
    int matrix[(ROWS + 1) * COLUMNS] = {0};
    MPI_Bcast(matrix, COLUMNS + wrong, column, 0, MPI_COMM_WORLD);
    MPI_Type_free(&column);
    MPI_Type_free(&apart);
    MPI_Finalize();
    return 0;
}
