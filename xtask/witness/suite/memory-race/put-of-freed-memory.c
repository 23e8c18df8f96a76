// about: the memory that a put reads is freed before the access epoch is complete
// verdict: memory-race
// ranks: 2 4 6
// lines: 32 MPI_Put, 35 MPI_Win_complete

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
    int memory[16] = {0}, partner = rank ^ 1;
    MPI_Group all, pair;
    MPI_Comm_group(MPI_COMM_WORLD, &all);
    MPI_Group_incl(all, 1, &partner, &pair);
    MPI_Group_free(&all);
    MPI_Win window;
    MPI_Win_create(memory, sizeof memory, sizeof *memory, MPI_INFO_NULL, MPI_COMM_WORLD, &window);
    if (rank % 2) {
        MPI_Win_post(pair, 0, window);
        MPI_Win_wait(window);
    } else {
        int *values = malloc(16 * sizeof *values);
        for (int i = 0; i < 16; i++)
            values[i] = i;
        MPI_Win_start(pair, 0, window);
        MPI_Put(values, 16, MPI_INT, partner, 0, 16, MPI_INT, window);
        if (wrong)
            free(values);
        MPI_Win_complete(window);
        if (!wrong)
            free(values);
    }
    MPI_Group_free(&pair);
    MPI_Win_free(&window);
    MPI_Finalize();
    return 0;
}
