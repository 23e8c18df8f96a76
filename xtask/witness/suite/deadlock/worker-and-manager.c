// about: the manager waits for the first worker's result, and that worker for its task
// verdict: deadlock
// ranks: 1 2 3
// lines: 20 MPI_Recv, 36 MPI_Recv
// spawns: yes

#include <mpi.h>
#include <string.h>

int main(int argc, char **argv)
{
    int wrong = argc > 1 && strcmp(argv[1], "wrong") == 0;
    int rank, task = 6, result = 0;
    MPI_Comm family;
    MPI_Init(&argc, &argv);
    MPI_Comm_get_parent(&family);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    if (family != MPI_COMM_NULL) {
        if (rank == 0) {
            MPI_Recv(&task, 1, MPI_INT, 0, 1, family, MPI_STATUS_IGNORE);
            result = task * 7;
            MPI_Send(&result, 1, MPI_INT, 0, 2, family);
        }
        /* The workers' own communicator has nothing to do with it. */
        MPI_Bcast(&result, 1, MPI_INT, 0, MPI_COMM_WORLD);
        MPI_Barrier(family);
        MPI_Comm_disconnect(&family);
        MPI_Finalize();
        return 0;
    }
    MPI_Comm_spawn(argv[0], MPI_ARGV_NULL, 2, MPI_INFO_NULL, 0, MPI_COMM_WORLD, &family, MPI_ERRCODES_IGNORE);
    if (rank == 0) {
        if (!wrong)
            MPI_Send(&task, 1, MPI_INT, 0, 1, family);
        /* The task comes too late. */
        MPI_Recv(&result, 1, MPI_INT, 0, 2, family, MPI_STATUS_IGNORE);
        if (wrong)
            MPI_Send(&task, 1, MPI_INT, 0, 1, family);
    }
    MPI_Barrier(family);
    MPI_Comm_disconnect(&family);
    MPI_Finalize();
    return 0;
}
