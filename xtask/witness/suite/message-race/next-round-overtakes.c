// about: a worker's message of the next round can be taken for a missing one of this round
// verdict: message-race
// notes: yes
// ranks: 3 4 8
// lines: 22 MPI_Send, 24 MPI_Recv

#include <mpi.h>
#include <string.h>

int main(int argc, char **argv)
{
    int wrong = argc > 1 && strcmp(argv[1], "wrong") == 0;
    int rank, size;
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    enum { ROUNDS = 2 };
    long value = rank, sums[ROUNDS] = {0};
    MPI_Status status;
    if (rank > 0)
        for (int round = 0; round < ROUNDS; round++)
            MPI_Send(&value, 1, MPI_LONG, 0, 0, MPI_COMM_WORLD);
    for (int i = 1; rank == 0 && i < size; i++) {
        MPI_Recv(&value, 1, MPI_LONG, wrong ? MPI_ANY_SOURCE : i, 0, MPI_COMM_WORLD,
                 &status);
        sums[0] += value;
    }
    for (int i = 1; rank == 0 && i < size; i++) {
        MPI_Recv(&value, 1, MPI_LONG, wrong ? MPI_ANY_SOURCE : i, 0, MPI_COMM_WORLD,
                 &status);
        sums[1] += value;
    }
    MPI_Finalize();
    return 0;
}
