// about: the fence between an exchange of borders and the next is missing
// verdict: memory-race
// ranks: 2 3 4 8
// lines: 23 MPI_Put

#include <mpi.h>
#include <string.h>

int main(int argc, char **argv)
{
    int wrong = argc > 1 && strcmp(argv[1], "wrong") == 0;
    int rank, size;
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    double cells[6] = {0};
    int left = rank > 0 ? rank - 1 : MPI_PROC_NULL, right = rank + 1 < size ? rank + 1 : MPI_PROC_NULL;
    MPI_Win window;
    MPI_Win_create(cells, sizeof cells, sizeof *cells, MPI_INFO_NULL, MPI_COMM_WORLD, &window);
    MPI_Win_fence(0, window);
    for (int step = 0; step < 5; step++) {
        MPI_Put(&cells[1], 1, MPI_DOUBLE, left, 5, 1, MPI_DOUBLE, window);
        MPI_Put(&cells[4], 1, MPI_DOUBLE, right, 0, 1, MPI_DOUBLE, window);
        if (!wrong || step != 3)
            MPI_Win_fence(0, window);
        for (int at = 1; at < 5; at++)
            cells[at] = cells[at - 1] + 1;
        if (!wrong || step != 3)
            MPI_Win_fence(0, window);
    }
    MPI_Win_fence(0, window);
    MPI_Win_free(&window);
    MPI_Finalize();
    return 0;
}
