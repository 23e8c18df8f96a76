// about: in a grid of two rows the ranks of a diagonal start with their column's barrier, the others with their row's
// verdict: deadlock
// ranks: 4 8
// lines: 21 MPI_Barrier

#include <mpi.h>
#include <string.h>

int main(int argc, char **argv)
{
    int wrong = argc > 1 && strcmp(argv[1], "wrong") == 0;
    int rank, size;
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    MPI_Comm row, column;
    int wide = size / 2;
    MPI_Comm_split(MPI_COMM_WORLD, rank / wide, rank, &row);
    MPI_Comm_split(MPI_COMM_WORLD, rank % wide, rank, &column);
    int column_first = wrong && rank % (wide + 1) == 0;
    MPI_Barrier(column_first ? column : row);
    MPI_Barrier(column_first ? row : column);
    MPI_Comm_free(&row);
    MPI_Comm_free(&column);
    MPI_Finalize();
    return 0;
}
