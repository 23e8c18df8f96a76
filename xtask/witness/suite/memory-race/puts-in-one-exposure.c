// about: two ranks put on one place while it is exposed once
// verdict: memory-race
// ranks: 3 4 8
// lines: 29 MPI_Put

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
    MPI_Group world, others;
    MPI_Comm_group(MPI_COMM_WORLD, &world);
    int first = 0;
    if (rank == 0) {
        MPI_Group_excl(world, 1, &first, &others);
        MPI_Win_post(others, 0, window);
        MPI_Win_wait(window);
    } else {
        MPI_Group_incl(world, 1, &first, &others);
        MPI_Win_start(others, 0, window);
        MPI_Put(&value, 1, MPI_INT, 0, wrong ? 0 : rank, 1, MPI_INT, window);
        MPI_Win_complete(window);
    }
    MPI_Group_free(&others);
    MPI_Group_free(&world);
    MPI_Win_free(&window);
    MPI_Finalize();
    return 0;
}
