// about: ranks that shall be in no part of a split give -1 as their colour, not MPI_UNDEFINED
// verdict: invalid-argument
// ranks: 2 3 4
// lines: 18 MPI_Comm_split

#include <mpi.h>
#include <string.h>

int main(int argc, char **argv)
{
    int wrong = argc > 1 && strcmp(argv[1], "wrong") == 0;
    int rank, size;
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    MPI_Comm part;
    int nowhere = wrong ? -1 : MPI_UNDEFINED;
    MPI_Comm_split(MPI_COMM_WORLD, rank % 2 ? nowhere : 0, rank, &part);
    if (part != MPI_COMM_NULL)
        MPI_Comm_free(&part);
    MPI_Finalize();
    return 0;
}
