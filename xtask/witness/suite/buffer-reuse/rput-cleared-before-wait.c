// about: the origin of an Rput is cleared for the next part before the request is complete
// verdict: buffer-reuse
// ranks: 2 3 4
// lines: 25 MPI_Rput

#include <mpi.h>
#include <string.h>

int main(int argc, char **argv)
{
    int wrong = argc > 1 && strcmp(argv[1], "wrong") == 0;
    int rank, size;
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    long *whole, part[8];
    int target = (rank + 1) % size;
    MPI_Win win;
    MPI_Win_allocate(16 * sizeof *whole, sizeof *whole, MPI_INFO_NULL, MPI_COMM_WORLD, &whole, &win);
    MPI_Win_lock(MPI_LOCK_SHARED, target, 0, win);
    for (int half = 0; half < 2; half++) {
        MPI_Request put;
        for (int i = 0; i < 8; i++)
            part[i] = rank + 8 * half + i + 1;
        MPI_Rput(part, 8, MPI_LONG, target, 8 * half, 8, MPI_LONG, win, &put);
        if (!wrong && half == 1)
            MPI_Win_flush_local(target, win);
        // After a flush the memory is the program's own again, though the request is not complete.
        if (wrong || half == 1)
            memset(part, 0, sizeof part);
        MPI_Wait(&put, MPI_STATUS_IGNORE);
    }
    MPI_Win_unlock(target, win);
    MPI_Win_free(&win);
    MPI_Finalize();
    return 0;
}
