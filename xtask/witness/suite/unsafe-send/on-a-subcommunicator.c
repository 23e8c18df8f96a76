// about: in each half of the ranks all pass a value down the line and back, the last of each half sending first
// verdict: unsafe-send
// ranks: 4 8
// lines: 25 MPI_Send, 26 MPI_Send
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
    MPI_Comm half;
    int me, many, down = rank, up = -rank;
    MPI_Comm_split(MPI_COMM_WORLD, rank < size / 2, rank, &half);
    MPI_Comm_rank(half, &me);
    MPI_Comm_size(half, &many);
    int next = me + 1 < many ? me + 1 : MPI_PROC_NULL;
    int previous = me > 0 ? me - 1 : MPI_PROC_NULL;
    if (wrong) {
        MPI_Send(&down, 1, MPI_INT, next, 0, half);
        MPI_Send(&up, 1, MPI_INT, previous, 1, half);
        MPI_Recv(&down, 1, MPI_INT, previous, 0, half, MPI_STATUS_IGNORE);
        MPI_Recv(&up, 1, MPI_INT, next, 1, half, MPI_STATUS_IGNORE);
    } else {
        MPI_Sendrecv_replace(&down, 1, MPI_INT, next, 0, previous, 0, half, MPI_STATUS_IGNORE);
        MPI_Sendrecv_replace(&up, 1, MPI_INT, previous, 1, next, 1, half, MPI_STATUS_IGNORE);
    }
    MPI_Comm_free(&half);
    MPI_Finalize();
    return 0;
}
