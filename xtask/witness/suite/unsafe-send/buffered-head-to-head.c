// about: both ranks of a pair send before they receive, in standard mode where buffered mode would be right
// verdict: unsafe-send
// ranks: 2 3 4 8
// lines: 24 MPI_Send
// strict: yes

#include <mpi.h>
#include <stdlib.h>
#include <string.h>

int main(int argc, char **argv)
{
    int wrong = argc > 1 && strcmp(argv[1], "wrong") == 0;
    int rank, size;
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    int peer = rank ^ 1, mine = rank, theirs;
    int bytes = sizeof mine + MPI_BSEND_OVERHEAD;
    void *space = malloc(bytes);
    if (peer < size) {
        MPI_Buffer_attach(space, bytes);
        if (wrong)
            MPI_Send(&mine, 1, MPI_INT, peer, 0, MPI_COMM_WORLD);
        else
            MPI_Bsend(&mine, 1, MPI_INT, peer, 0, MPI_COMM_WORLD);
        MPI_Recv(&theirs, 1, MPI_INT, peer, 0, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
        MPI_Buffer_detach(&space, &bytes);
    }
    free(space);
    MPI_Finalize();
    return 0;
}
