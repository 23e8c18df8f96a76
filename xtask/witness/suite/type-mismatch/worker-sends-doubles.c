// about: a worker sends a double, and the manager that has started it receives two floats
// verdict: type-mismatch
// ranks: 1 2 3
// lines: 20 MPI_Send, 29 MPI_Recv
// spawns: yes

#include <mpi.h>
#include <string.h>

int main(int argc, char **argv)
{
    int wrong = argc > 1 && strcmp(argv[1], "wrong") == 0;
    int rank;
    double result[2] = {1, 2};
    MPI_Comm family;
    MPI_Init(&argc, &argv);
    MPI_Comm_get_parent(&family);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    if (family != MPI_COMM_NULL) {
        MPI_Send(result, 1, MPI_DOUBLE, 0, 0, family);
    } else {
        /* Two commands, one world: each gets an argument list of its own. */
        char *commands[] = {argv[0], argv[0]};
        int processes[] = {1, 1};
        MPI_Info infos[] = {MPI_INFO_NULL, MPI_INFO_NULL};
        MPI_Comm_spawn_multiple(2, commands, MPI_ARGVS_NULL, processes, infos, 0, MPI_COMM_WORLD, &family, MPI_ERRCODES_IGNORE);
        for (int worker = 0; rank == 0 && worker < 2; worker++) {
            if (wrong)
                MPI_Recv(result, 2, MPI_FLOAT, worker, 0, family, MPI_STATUS_IGNORE);
            else
                MPI_Recv(result, 1, MPI_DOUBLE, worker, 0, family, MPI_STATUS_IGNORE);
        }
    }
    MPI_Barrier(family);
    MPI_Comm_disconnect(&family);
    MPI_Finalize();
    return 0;
}
