// about: a worker that the ranks have started dies of a segmentation fault
// verdict: crash
// ranks: 1 2 3
// lines: none
// spawns: yes

#include <mpi.h>
#include <string.h>

int main(int argc, char **argv)
{
    int wrong = argc > 1 && strcmp(argv[1], "wrong") == 0;
    int rank, number = 1;
    int *where = wrong ? NULL : &number;
    MPI_Comm family;
    MPI_Init(&argc, &argv);
    MPI_Comm_get_parent(&family);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    if (family != MPI_COMM_NULL) {
        if (rank == 1)
            *(volatile int *)where = 2;
    } else {
        char *arguments[] = {wrong ? "wrong" : "right", NULL};
        MPI_Comm_spawn(argv[0], arguments, 2, MPI_INFO_NULL, 0, MPI_COMM_WORLD, &family, MPI_ERRCODES_IGNORE);
    }
    MPI_Barrier(family);
    MPI_Comm_disconnect(&family);
    MPI_Finalize();
    return 0;
}
