// about: in a chain of pairs rank 1 exchanges with rank 2 first, rank 2 with the last rank, and so on round to rank 0
// verdict: deadlock
// ranks: 3 4 8
// lines: 12 MPI_Sendrecv

#include <mpi.h>
#include <string.h>

static int exchange(int peer, int value)
{
    int other;
    MPI_Sendrecv(&value, 1, MPI_INT, peer, 0, &other, 1, MPI_INT, peer, 0, MPI_COMM_WORLD,
                 MPI_STATUS_IGNORE);
    return other;
}

int main(int argc, char **argv)
{
    int wrong = argc > 1 && strcmp(argv[1], "wrong") == 0;
    int rank, size;
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    int up = (rank + 1) % size, down = (rank + size - 1) % size;
    if (!wrong && rank == 0) {
        exchange(down, rank);
        exchange(up, rank);
    } else {
        exchange(up, rank);
        exchange(down, rank);
    }
    MPI_Finalize();
    return 0;
}
