// about: a datatype is used by a copy of its handle, although it was freed by another one
// verdict: invalid-argument
// ranks: 2 3 4 8
// lines: 35 MPI_Bcast

#include <mpi.h>
#include <string.h>

struct matrix {
    double cells[6][6];
    MPI_Datatype column;
};

static void release(struct matrix matrix)
{
    MPI_Type_free(&matrix.column);
}

int main(int argc, char **argv)
{
    int wrong = argc > 1 && strcmp(argv[1], "wrong") == 0;
    struct matrix matrix = {{{0}}};
    MPI_Init(&argc, &argv);
    MPI_Type_vector(6, 1, 6, MPI_DOUBLE, &matrix.column);
    MPI_Type_commit(&matrix.column);
    /* Whoever asks what a type is made of may get the same handle once more, and frees it once more. */
    MPI_Datatype pair, part;
    int numbers[1];
    MPI_Type_contiguous(2, matrix.column, &pair);
    MPI_Type_get_contents(pair, 1, 0, 1, numbers, NULL, &part);
    MPI_Type_free(&part);
    MPI_Type_free(&pair);
    if (wrong)
        release(matrix);
    MPI_Bcast(matrix.cells, 1, matrix.column, 0, MPI_COMM_WORLD);
    if (!wrong)
        release(matrix);
    MPI_Finalize();
    return 0;
}
