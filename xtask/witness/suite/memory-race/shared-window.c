// about: two ranks put on one place of a shared window in one epoch
// verdict: memory-race
// ranks: 3 4
// lines: 30 MPI_Put

#include <mpi.h>
#include <string.h>

int main(int argc, char **argv)
{
    int wrong = argc > 1 && strcmp(argv[1], "wrong") == 0;
    int rank, size;
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    int *memory, *first, value = rank, unit;
    MPI_Aint bytes;
    MPI_Win window;
    MPI_Win_allocate_shared(8 * sizeof(int), sizeof(int), MPI_INFO_NULL, MPI_COMM_WORLD, &memory, &window);
    MPI_Win_shared_query(window, 0, &bytes, &unit, &first);
    MPI_Win_lock_all(0, window);
    memory[0] = rank;
    MPI_Win_sync(window);
    MPI_Barrier(MPI_COMM_WORLD);
    MPI_Win_sync(window);
    value += first[0];
    MPI_Win_unlock_all(window);
    MPI_Win_fence(0, window);
    if (rank > 0)
        MPI_Put(&value, 1, MPI_INT, 0, wrong ? 0 : rank, 1, MPI_INT, window);
    MPI_Win_fence(0, window);
    MPI_Win_free(&window);
    MPI_Finalize();
    return 0;
}
