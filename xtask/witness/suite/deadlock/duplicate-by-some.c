// about: all ranks but the last duplicate the communicator, which is a collective
// verdict: deadlock
// ranks: 2 3 4 8
// lines: 18 MPI_Comm_dup, 21 MPI_Finalize

#include <mpi.h>
#include <string.h>

int main(int argc, char **argv)
{
    int wrong = argc > 1 && strcmp(argv[1], "wrong") == 0;
    int rank, size;
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    MPI_Comm copy = MPI_COMM_NULL;
    if (!wrong || rank != size - 1)
        MPI_Comm_dup(MPI_COMM_WORLD, &copy);
    if (copy != MPI_COMM_NULL)
        MPI_Comm_free(&copy);
    MPI_Finalize();
    return 0;
}
