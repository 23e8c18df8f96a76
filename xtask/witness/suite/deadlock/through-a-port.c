// about: a server and a client of the same job meet at a port, and each waits for the other's first word
// verdict: deadlock
// ranks: 2 4
// lines: 38 MPI_Recv
// spawns: yes

#include <mpi.h>
#include <string.h>

int main(int argc, char **argv)
{
    int wrong = argc > 1 && strcmp(argv[1], "wrong") == 0;
    int rank, size, word = 1;
    char port[MPI_MAX_PORT_NAME];
    MPI_Comm part, other;
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    int serves = rank < size / 2;
    MPI_Comm_split(MPI_COMM_WORLD, serves, rank, &part);
    if (rank == 0) {
        MPI_Open_port(MPI_INFO_NULL, port);
        MPI_Send(port, MPI_MAX_PORT_NAME, MPI_CHAR, size / 2, 0, MPI_COMM_WORLD);
    }
    if (rank == size / 2)
        MPI_Recv(port, MPI_MAX_PORT_NAME, MPI_CHAR, 0, 0, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
    if (serves)
        MPI_Comm_accept(port, MPI_INFO_NULL, 0, part, &other);
    else
        MPI_Comm_connect(port, MPI_INFO_NULL, 0, part, &other);
    int mine;
    MPI_Comm_rank(part, &mine);
    /* Each has a partner of the same number at the other end. */
    if (mine == 0) {
        if (!wrong && serves)
            MPI_Send(&word, 1, MPI_INT, mine, 0, other);
        /* Both wait. */
        MPI_Recv(&word, 1, MPI_INT, mine, 0, other, MPI_STATUS_IGNORE);
        if (wrong || !serves)
            MPI_Send(&word, 1, MPI_INT, mine, 0, other);
    }
    MPI_Comm_disconnect(&other);
    if (rank == 0)
        MPI_Close_port(port);
    MPI_Comm_free(&part);
    MPI_Finalize();
    return 0;
}
