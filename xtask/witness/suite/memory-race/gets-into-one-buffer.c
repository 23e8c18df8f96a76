// about: two gets fill the same buffer in one epoch
// verdict: memory-race
// ranks: 2 3 4
// lines: 21 MPI_Get, 22 MPI_Get

#include <mpi.h>
#include <string.h>

int main(int argc, char **argv)
{
    int wrong = argc > 1 && strcmp(argv[1], "wrong") == 0;
    int rank, size;
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    int memory[8] = {0}, value = rank + 1;
    MPI_Win window;
    MPI_Win_create(memory, sizeof memory, sizeof *memory, MPI_INFO_NULL, MPI_COMM_WORLD, &window);
    int got[2];
    MPI_Win_lock_all(0, window);
    MPI_Get(&got[0], 1, MPI_INT, 0, 0, 1, MPI_INT, window);
    MPI_Get(&got[wrong ? 0 : 1], 1, MPI_INT, size - 1, 0, 1, MPI_INT, window);
    MPI_Win_unlock_all(window);
    MPI_Win_free(&window);
    MPI_Finalize();
    return 0;
}
