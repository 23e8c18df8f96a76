// about: a counter is read and written back instead of being added to
// verdict: memory-race
// ranks: 3 4 8
// lines: 23 MPI_Get, 26 MPI_Put

#include <mpi.h>
#include <string.h>

int main(int argc, char **argv)
{
    int wrong = argc > 1 && strcmp(argv[1], "wrong") == 0;
    int rank, size;
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    long *memory, one = 1, mine = 0;
    MPI_Win window;
    MPI_Win_allocate(sizeof(long), sizeof(long), MPI_INFO_NULL, MPI_COMM_WORLD, &memory, &window);
    *memory = 0;
    MPI_Barrier(MPI_COMM_WORLD);
    MPI_Win_lock_all(0, window);
    if (wrong) {
        MPI_Get(&mine, 1, MPI_LONG, 0, 0, 1, MPI_LONG, window);
        MPI_Win_flush(0, window);
        mine += one;
        MPI_Put(&mine, 1, MPI_LONG, 0, 0, 1, MPI_LONG, window);
    } else {
        for (int times = 0; times < 10; times++) {
            MPI_Fetch_and_op(&one, &mine, MPI_LONG, 0, 0, MPI_SUM, window);
            MPI_Win_flush(0, window);
        }
        MPI_Fetch_and_op(NULL, &mine, MPI_LONG, 0, 0, MPI_NO_OP, window);
    }
    MPI_Win_unlock_all(window);
    MPI_Win_free(&window);
    MPI_Finalize();
    return 0;
}
