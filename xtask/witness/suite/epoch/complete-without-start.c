// about: a rank completes what it has not started
// verdict: epoch
// ranks: 2 3 4
// lines: 26 MPI_Win_complete

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
    int first = 0, last = size - 1;
    MPI_Group_incl(world, 1, rank == 0 ? &last : &first, &others);
    if (rank == 0) {
        if (!wrong)
            MPI_Win_start(others, 0, window);
        MPI_Win_complete(window);
    } else if (rank == last && !wrong) {
        MPI_Win_post(others, 0, window);
        MPI_Win_wait(window);
    }
    MPI_Group_free(&others);
    MPI_Group_free(&world);
    MPI_Win_free(&window);
    MPI_Finalize();
    return 0;
}
