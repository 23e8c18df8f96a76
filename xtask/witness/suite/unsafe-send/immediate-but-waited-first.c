// about: both ranks of a pair wait for their immediate send before they receive
// verdict: unsafe-send
// ranks: 2 3 4 8
// lines: 23 MPI_Wait
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
    int peer = rank % 2 ? rank - 1 : rank + 1;
    char mine = 'a', theirs;
    MPI_Request request;
    if (peer < size) {
        MPI_Isend(&mine, 1, MPI_CHAR, peer, 0, MPI_COMM_WORLD, &request);
        if (wrong)
            MPI_Wait(&request, MPI_STATUS_IGNORE);
        MPI_Recv(&theirs, 1, MPI_CHAR, peer, 0, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
        if (!wrong)
            MPI_Wait(&request, MPI_STATUS_IGNORE);
    }
    MPI_Finalize();
    return 0;
}
