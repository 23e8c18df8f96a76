// about: the buffer of a put is filled for the next round before the fence
// verdict: memory-race
// ranks: 2 3 4
// lines: 24 MPI_Put, 28 MPI_Win_fence
// findings: 1

#include <mpi.h>
#include <string.h>

int main(int argc, char **argv)
{
    int wrong = argc > 1 && strcmp(argv[1], "wrong") == 0;
    int rank, size;
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    int memory[8] = {0}, values[8] = {0};
    MPI_Win window;
    MPI_Win_create(memory, sizeof memory, sizeof *memory, MPI_INFO_NULL, MPI_COMM_WORLD, &window);
    MPI_Win_fence(0, window);
    for (int round = 0; round < 4; round++) {
        values[round] = 10 * rank + round + 1;
        // One element: the others are the program's own.
        MPI_Put(&values[round], 1, MPI_INT, (rank + 1) % size, round, 1, MPI_INT, window);
        values[round + 1] = -1;
        if (wrong && round == 2)
            values[round] = 0;
        MPI_Win_fence(0, window);
        values[round] = 0;
    }
    MPI_Win_free(&window);
    MPI_Finalize();
    return 0;
}
