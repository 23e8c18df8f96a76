// about: the memory that a get fills is freed before the lock is given back
// verdict: memory-race
// ranks: 2 3 4
// lines: 25 MPI_Get, 28 MPI_Win_unlock

#include <mpi.h>
#include <stdlib.h>
#include <string.h>

int main(int argc, char **argv)
{
    int wrong = argc > 1 && strcmp(argv[1], "wrong") == 0;
    int rank, size;
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    int memory[16] = {0};
    MPI_Win window;
    MPI_Win_create(memory, sizeof memory, sizeof *memory, MPI_INFO_NULL, MPI_COMM_WORLD, &window);
    if (rank > 0) {
        int *values = malloc(16 * sizeof *values);
        // Nothing is to come into this one.
        int *none = malloc(16 * sizeof *none);
        MPI_Win_lock(MPI_LOCK_SHARED, 0, 0, window);
        MPI_Get(values, 16, MPI_INT, 0, 0, 16, MPI_INT, window);
        MPI_Get(none, 0, MPI_INT, 0, 0, 0, MPI_INT, window);
        free(wrong ? values : none);
        MPI_Win_unlock(0, window);
        free(wrong ? none : values);
    }
    MPI_Win_free(&window);
    MPI_Finalize();
    return 0;
}
