// about: a duplicated communicator is never freed
// verdict: resource-leak
// ranks: 2 3 4 8
// lines: 17 MPI_Comm_dup

#include <mpi.h>
#include <string.h>

int main(int argc, char **argv)
{
    int wrong = argc > 1 && strcmp(argv[1], "wrong") == 0;
    int rank, size;
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    MPI_Comm copy;
    MPI_Comm_dup(MPI_COMM_WORLD, &copy);
    MPI_Barrier(copy);
    if (!wrong)
        MPI_Comm_free(&copy);
    MPI_Finalize();
    return 0;
}
