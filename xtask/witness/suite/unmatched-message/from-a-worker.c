// about: the last worker sends one result more than its manager takes
// verdict: unmatched-message
// ranks: 1 2 4
// mpi: mpich
// lines: 22 MPI_Send
// spawns: yes

#include <mpi.h>
#include <string.h>

int main(int argc, char **argv)
{
    int wrong = argc > 1 && strcmp(argv[1], "wrong") == 0;
    int rank, size, result = 0;
    MPI_Comm family;
    MPI_Init(&argc, &argv);
    MPI_Comm_get_parent(&family);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    if (family != MPI_COMM_NULL) {
        MPI_Comm_size(MPI_COMM_WORLD, &size);
        for (int nth = 0; nth < 1 + (wrong && rank == size - 1); nth++)
            MPI_Send(&nth, 1, MPI_INT, 0, 4, family);
    } else {
        char *arguments[] = {wrong ? "wrong" : "right", NULL};
        MPI_Comm_spawn(argv[0], arguments, 3, MPI_INFO_NULL, 0, MPI_COMM_WORLD, &family, MPI_ERRCODES_IGNORE);
        for (int worker = 0; rank == 0 && worker < 3; worker++)
            MPI_Recv(&result, 1, MPI_INT, worker, 4, family, MPI_STATUS_IGNORE);
    }
    MPI_Barrier(family);
    /* MPICH refuses to part, if it has the message by then. */
    if (!wrong)
        MPI_Comm_disconnect(&family);
    MPI_Finalize();
    return 0;
}
