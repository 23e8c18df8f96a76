// about: a rank puts one element farther than the window of its neighbour reaches
// verdict: invalid-argument
// ranks: 2 3 4
// lines: 21 MPI_Put

#include <mpi.h>
#include <string.h>

int main(int argc, char **argv)
{
    int wrong = argc > 1 && strcmp(argv[1], "wrong") == 0;
    int rank, size;
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    static double cells[32];
    double edge = rank;
    MPI_Win win;
    MPI_Win_create(cells, 16 * sizeof *cells, sizeof *cells, MPI_INFO_NULL, MPI_COMM_WORLD, &win);
    MPI_Win_fence(0, win);
    MPI_Put(&edge, 1, MPI_DOUBLE, (rank + 1) % size, wrong ? 16 : 15, 1, MPI_DOUBLE, win);
    MPI_Win_fence(0, win);
    MPI_Win_free(&win);
    MPI_Finalize();
    return 0;
}
