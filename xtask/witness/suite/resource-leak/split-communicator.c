// about: only the ranks with an even number free their part of a split communicator
// verdict: resource-leak
// ranks: 2 3 4 8
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
    int me;
    MPI_Comm_split(MPI_COMM_WORLD, rank % 2, -rank, &part);
    MPI_Comm_rank(part, &me);
    if (!wrong || rank % 2 == 0)
        MPI_Comm_free(&part);
    MPI_Finalize();
    return 0;
}
