// about: a function adds a variable of its own to the memory of others and returns before the flush
// verdict: memory-race
// ranks: 2 3 4
// lines: 15 MPI_Accumulate, 37 MPI_Win_flush_all

#include <mpi.h>
#include <string.h>

static int wrong;

__attribute__((noinline))
static void add(long amount, int target, MPI_Win window)
{
    volatile long own = amount;
    MPI_Accumulate((void *)&own, 1, MPI_LONG, target, 0, 1, MPI_LONG, MPI_SUM, window);
    if (!wrong)
        MPI_Win_flush_local(target, window);
}

int main(int argc, char **argv)
{
    wrong = argc > 1 && strcmp(argv[1], "wrong") == 0;
    int rank, size;
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    long *sum;
    MPI_Win window;
    MPI_Win_allocate(sizeof *sum, sizeof *sum, MPI_INFO_NULL, MPI_COMM_WORLD, &sum, &window);
    MPI_Win_lock(MPI_LOCK_EXCLUSIVE, rank, 0, window);
    *sum = 0;
    MPI_Win_unlock(rank, window);
    MPI_Barrier(MPI_COMM_WORLD);
    MPI_Win_lock_all(0, window);
    for (int other = 0; other < size; other++)
        add(rank + 1, other, window);
    MPI_Win_flush_all(window);
    MPI_Win_unlock_all(window);
    MPI_Win_free(&window);
    MPI_Finalize();
    return 0;
}
