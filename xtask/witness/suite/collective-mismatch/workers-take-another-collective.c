// about: the manager broadcasts to the workers that it has started, which call a barrier with it instead
// verdict: collective-mismatch
// ranks: 1 2 4
// lines: 20 MPI_Barrier, 30 MPI_Bcast
// spawns: yes

#include <mpi.h>
#include <string.h>

int main(int argc, char **argv)
{
    int wrong = argc > 1 && strcmp(argv[1], "wrong") == 0;
    int n = 0;
    MPI_Comm family;
    MPI_Init(&argc, &argv);
    MPI_Comm_get_parent(&family);
    if (family != MPI_COMM_NULL) {
        /* The started ones get the argument that the manager gives them. */
        if (wrong)
            MPI_Barrier(family);
        else
            MPI_Bcast(&n, 1, MPI_INT, 0, family);
    } else {
        int rank;
        char *arguments[] = {wrong ? "wrong" : "right", NULL};
        MPI_Comm_rank(MPI_COMM_WORLD, &rank);
        MPI_Comm_spawn(argv[0], arguments, 3, MPI_INFO_NULL, 0, MPI_COMM_WORLD, &family, MPI_ERRCODES_IGNORE);
        int root = rank == 0 ? MPI_ROOT : MPI_PROC_NULL;
        n = 7;
        MPI_Bcast(&n, 1, MPI_INT, root, family);
    }
    MPI_Barrier(family);
    MPI_Comm_disconnect(&family);
    MPI_Finalize();
    return 0;
}
