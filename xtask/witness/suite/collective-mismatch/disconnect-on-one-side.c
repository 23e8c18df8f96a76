// about: the workers part from the manager with MPI_Comm_disconnect, and the manager forgets to
// verdict: collective-mismatch
// ranks: 1 2 3
// lines: 22 MPI_Comm_disconnect
// spawns: yes

#include <mpi.h>
#include <string.h>

/* A worker's share of pi: a world of two, started by the manager. */
static void work(MPI_Comm manager)
{
    int rank, size, n;
    double sum = 0;
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    MPI_Bcast(&n, 1, MPI_INT, 0, manager);
    for (int i = rank; i < n; i += size)
        sum += 4 / (1 + (i + 0.5) / n * ((i + 0.5) / n)) / n;
    MPI_Reduce(&sum, NULL, 1, MPI_DOUBLE, MPI_SUM, 0, manager);
    MPI_Barrier(manager);
    MPI_Comm_disconnect(&manager);
}

int main(int argc, char **argv)
{
    int wrong = argc > 1 && strcmp(argv[1], "wrong") == 0;
    MPI_Comm family;
    MPI_Init(&argc, &argv);
    MPI_Comm_get_parent(&family);
    if (family != MPI_COMM_NULL) {
        work(family);
    } else {
        int rank, n = 1000;
        double pi;
        MPI_Comm_rank(MPI_COMM_WORLD, &rank);
        MPI_Comm_spawn(argv[0], MPI_ARGV_NULL, 2, MPI_INFO_NULL, 0, MPI_COMM_WORLD, &family, MPI_ERRCODES_IGNORE);
        int root = rank == 0 ? MPI_ROOT : MPI_PROC_NULL;
        MPI_Bcast(&n, 1, MPI_INT, root, family);
        MPI_Reduce(NULL, &pi, 1, MPI_DOUBLE, MPI_SUM, root, family);
        MPI_Barrier(family);
        if (!wrong)
            MPI_Comm_disconnect(&family);
    }
    MPI_Finalize();
    return 0;
}
