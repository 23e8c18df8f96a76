// about: memory is packed that others may still write to
// verdict: memory-race
// ranks: 2 3 4 8
// lines: 22 MPI_Put, 25 MPI_Pack

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
    char packed[64];
    MPI_Win window;
    MPI_Win_create(memory, sizeof memory, sizeof *memory, MPI_INFO_NULL, MPI_COMM_WORLD, &window);
    int position = 0;
    MPI_Win_fence(0, window);
    MPI_Put(&value, 1, MPI_INT, (rank + 1) % size, 1, 1, MPI_INT, window);
    if (!wrong)
        MPI_Win_fence(0, window);
    MPI_Pack(&memory[1], 1, MPI_INT, packed, sizeof packed, &position, MPI_COMM_WORLD);
    MPI_Win_fence(0, window);
    MPI_Win_free(&window);
    MPI_Finalize();
    return 0;
}
