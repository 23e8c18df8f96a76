// about: rank 0 sends to itself and only then receives
// verdict: unsafe-send
// ranks: 2 3 4 8
// lines: 22 MPI_Send
// strict: yes

#include <mpi.h>
#include <string.h>

int main(int argc, char **argv)
{
    int wrong = argc > 1 && strcmp(argv[1], "wrong") == 0;
    int rank, size;
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    int mine[4] = {1, 2, 3, 4}, copy[4];
    if (rank == 0) {
        MPI_Request request;
        if (!wrong)
            MPI_Irecv(copy, 4, MPI_INT, 0, 0, MPI_COMM_WORLD, &request);
        MPI_Send(mine, 4, MPI_INT, 0, 0, MPI_COMM_WORLD);
        if (wrong)
            MPI_Irecv(copy, 4, MPI_INT, 0, 0, MPI_COMM_WORLD, &request);
        MPI_Wait(&request, MPI_STATUS_IGNORE);
    }
    MPI_Finalize();
    return 0;
}
