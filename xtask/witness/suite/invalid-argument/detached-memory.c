// about: a put goes to memory that its target has detached from a dynamic window before a barrier
// verdict: invalid-argument
// ranks: 2 3 4
// lines: 24 MPI_Win_detach, 32 MPI_Put

#include <mpi.h>
#include <string.h>

int main(int argc, char **argv)
{
    int wrong = argc > 1 && strcmp(argv[1], "wrong") == 0;
    int rank, size;
    MPI_Init(&argc, &argv);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    static int first[8], second[8];
    MPI_Win window;
    MPI_Win_create_dynamic(MPI_INFO_NULL, MPI_COMM_WORLD, &window);
    MPI_Aint at = 0;
    if (rank == 0) {
        MPI_Win_attach(window, first, sizeof first);
        MPI_Win_attach(window, second, sizeof second);
        MPI_Get_address(wrong ? first : second, &at);
        MPI_Win_detach(window, first);
    }
    MPI_Bcast(&at, 1, MPI_AINT, 0, MPI_COMM_WORLD);
    // The broadcast alone would not say that rank 0 has detached it.
    MPI_Barrier(MPI_COMM_WORLD);
    if (rank == 1) {
        int value = 5;
        MPI_Win_lock(MPI_LOCK_EXCLUSIVE, 0, 0, window);
        MPI_Put(&value, 1, MPI_INT, 0, at, 1, MPI_INT, window);
        MPI_Win_unlock(0, window);
    }
    MPI_Barrier(MPI_COMM_WORLD);
    if (rank == 0)
        MPI_Win_detach(window, second);
    MPI_Win_free(&window);
    MPI_Finalize();
    return 0;
}
