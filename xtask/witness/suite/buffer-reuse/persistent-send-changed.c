// about: the buffer of a persistent send gets the next round's value while the send is active
// verdict: buffer-reuse
// ranks: 2 3 4 8
// lines: 20 MPI_Start

#include <mpi.h>
#include <string.h>

int main(int argc, char **argv)
{
    int wrong = argc > 1 && strcmp(argv[1], "wrong") == 0;
    int rank, size;
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    int out = 0, in;
    MPI_Request send;
    MPI_Send_init(&out, 1, MPI_INT, (rank + 1) % size, 0, MPI_COMM_WORLD, &send);
    for (int round = 1; round < 4; round++) {
        MPI_Start(&send);
        if (wrong)
            out = round;
        MPI_Recv(&in, 1, MPI_INT, (rank + size - 1) % size, 0, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
        MPI_Wait(&send, MPI_STATUS_IGNORE);
        if (!wrong)
            out = round;
    }
    MPI_Request_free(&send);
    MPI_Finalize();
    return 0;
}
