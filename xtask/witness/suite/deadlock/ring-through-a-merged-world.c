// about: manager and workers form one communicator, and each waits for its left neighbour first
// verdict: deadlock
// ranks: 1 2 3
// lines: 30 MPI_Recv
// spawns: yes

#include <mpi.h>
#include <string.h>

int main(int argc, char **argv)
{
    int wrong = argc > 1 && strcmp(argv[1], "wrong") == 0;
    int rank, size, token = 0;
    MPI_Comm family, all;
    MPI_Init(&argc, &argv);
    MPI_Comm_get_parent(&family);
    int is_worker = family != MPI_COMM_NULL;
    if (!is_worker) {
        char *arguments[] = {wrong ? "wrong" : "right", NULL};
        MPI_Comm_spawn(argv[0], arguments, 2, MPI_INFO_NULL, 0, MPI_COMM_WORLD, &family, MPI_ERRCODES_IGNORE);
    }
    MPI_Intercomm_merge(family, is_worker, &all);
    MPI_Comm_rank(all, &rank);
    MPI_Comm_size(all, &size);
    int left = (rank + size - 1) % size, right = (rank + 1) % size;
    int sum = 0;
    MPI_Allreduce(&rank, &sum, 1, MPI_INT, MPI_SUM, all);
    if (!wrong && rank == 0)
        MPI_Send(&token, 1, MPI_INT, right, 0, all);
    MPI_Recv(&token, 1, MPI_INT, left, 0, all, MPI_STATUS_IGNORE);
    if (wrong || rank != 0)
        MPI_Send(&token, 1, MPI_INT, right, 0, all);
    MPI_Comm_free(&all);
    MPI_Comm_disconnect(&family);
    MPI_Finalize();
    return 0;
}
