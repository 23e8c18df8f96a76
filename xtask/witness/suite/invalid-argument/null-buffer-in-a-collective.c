// about: the root gathers into no buffer, as those may that are not the root
// verdict: invalid-argument
// ranks: 2 3 4
// lines: 20 MPI_Gather

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
    int *all = NULL, x = rank;
    if (rank == 0 && !wrong)
        all = malloc(size * sizeof *all);
    MPI_Gather(&x, 1, MPI_INT, all, 1, MPI_INT, 0, MPI_COMM_WORLD);
    MPI_Bcast(NULL, 0, MPI_INT, 0, MPI_COMM_WORLD);
    free(all);
    MPI_Finalize();
    return 0;
}
