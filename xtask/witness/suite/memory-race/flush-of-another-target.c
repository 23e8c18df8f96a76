// about: the buffer of a put to one rank is changed after a flush that is about another
// verdict: memory-race
// ranks: 3 4
// lines: 26 MPI_Put, 30 MPI_Win_unlock_all

#include <mpi.h>
#include <string.h>

int main(int argc, char **argv)
{
    int wrong = argc > 1 && strcmp(argv[1], "wrong") == 0;
    int rank, size;
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    long *memory;
    MPI_Win window;
    MPI_Win_allocate(8 * sizeof *memory, sizeof *memory, MPI_INFO_NULL, MPI_COMM_WORLD, &memory, &window);
    MPI_Win_fence(MPI_MODE_NOPRECEDE, window);
    MPI_Win_fence(MPI_MODE_NOSUCCEED, window);
    MPI_Win_lock_all(0, window);
    if (rank == 0) {
        long first = 1, second = 2, nobody = 3;
        MPI_Put(&first, 1, MPI_LONG, 1, 0, 1, MPI_LONG, window);
        MPI_Put(&nobody, 1, MPI_LONG, MPI_PROC_NULL, 0, 1, MPI_LONG, window);
        MPI_Put(&second, 1, MPI_LONG, 2, 0, 1, MPI_LONG, window);
        MPI_Win_flush_local(1, window);
        *(volatile long *)(wrong ? &second : &first) = 0;
        *(volatile long *)&nobody = 0;
        MPI_Win_unlock_all(window);
    } else {
        MPI_Win_unlock_all(window);
    }
    MPI_Win_free(&window);
    MPI_Finalize();
    return 0;
}
