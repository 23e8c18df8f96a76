// about: a copy of the handle of a window is used after the window was freed
// verdict: invalid-argument
// ranks: 2 3 4
// lines: 22 MPI_Win_fence

#include <mpi.h>
#include <string.h>

int main(int argc, char **argv)
{
    int wrong = argc > 1 && strcmp(argv[1], "wrong") == 0;
    int rank, size;
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    int shared = 0;
    MPI_Win win, copy;
    MPI_Win_create(&shared, sizeof shared, sizeof shared, MPI_INFO_NULL, MPI_COMM_WORLD, &win);
    copy = win;
    if (wrong)
        MPI_Win_free(&win);
    MPI_Win_fence(0, copy);
    if (!wrong)
        MPI_Win_free(&win);
    MPI_Finalize();
    return 0;
}
