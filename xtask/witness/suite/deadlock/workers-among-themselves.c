// about: two started workers wait for each other, while their manager waits for them
// verdict: deadlock
// ranks: 1 2 3
// lines: 21 MPI_Recv
// spawns: yes

#include <mpi.h>
#include <string.h>

int main(int argc, char **argv)
{
    int wrong = argc > 1 && strcmp(argv[1], "wrong") == 0;
    int rank, mine = 1, theirs = 0;
    MPI_Comm family;
    MPI_Init(&argc, &argv);
    MPI_Comm_get_parent(&family);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    if (family != MPI_COMM_NULL) {
        if (!wrong && rank == 0)
            MPI_Send(&mine, 1, MPI_INT, 1, 0, MPI_COMM_WORLD);
        MPI_Recv(&theirs, 1, MPI_INT, 1 - rank, 0, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
        if (wrong || rank == 1)
            MPI_Send(&mine, 1, MPI_INT, 1 - rank, 0, MPI_COMM_WORLD);
    } else {
        char *arguments[] = {wrong ? "wrong" : "right", NULL};
        MPI_Comm_spawn(argv[0], arguments, 2, MPI_INFO_NULL, 0, MPI_COMM_WORLD, &family, MPI_ERRCODES_IGNORE);
    }
    MPI_Barrier(family);
    MPI_Comm_disconnect(&family);
    MPI_Finalize();
    return 0;
}
