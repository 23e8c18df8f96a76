// about: ranks of one node hand a turn round in shared memory, spinning; after that neighbours receive from each other
// verdict: deadlock
// ranks: 2 3 4 8
// lines: 33 MPI_Recv

#include <mpi.h>
#include <string.h>

int main(int argc, char **argv)
{
    int wrong = argc > 1 && strcmp(argv[1], "wrong") == 0;
    int rank, size;
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    MPI_Win window;
    volatile int *mine, *turn;
    MPI_Aint bytes;
    int unit, peer = rank ^ 1, word = rank, in;
    MPI_Win_allocate_shared(rank == 0 ? sizeof(int) : 0, 1, MPI_INFO_NULL, MPI_COMM_WORLD, &mine,
                            &window);
    MPI_Win_shared_query(window, 0, &bytes, &unit, &turn);
    if (rank == 0)
        *turn = 0;
    MPI_Win_lock_all(0, window);
    MPI_Barrier(MPI_COMM_WORLD);
    while (*turn != rank)
        MPI_Win_sync(window);
    *turn = rank + 1;
    MPI_Win_sync(window);
    MPI_Win_unlock_all(window);
    if (wrong && peer < size) {
        MPI_Recv(&in, 1, MPI_INT, peer, 0, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
        MPI_Send(&word, 1, MPI_INT, peer, 0, MPI_COMM_WORLD);
    }
    MPI_Win_free(&window);
    MPI_Finalize();
    return 0;
}
