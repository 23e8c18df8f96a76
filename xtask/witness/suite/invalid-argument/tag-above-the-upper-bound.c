// about: a tag is above MPI_TAG_UB, which itself is allowed; Open MPI's is the largest int, so there nothing is above it
// verdict: invalid-argument
// ranks: 2 3 4 8
// lines: 21 MPI_Send
// mpi: mpich

#include <mpi.h>
#include <string.h>

int main(int argc, char **argv)
{
    int wrong = argc > 1 && strcmp(argv[1], "wrong") == 0;
    int rank, size;
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    int *upper, found, word = 1;
    MPI_Comm_get_attr(MPI_COMM_WORLD, MPI_TAG_UB, &upper, &found);
    int tag = wrong ? *upper + 1 : *upper;
    if (rank == 0)
        MPI_Send(&word, 1, MPI_INT, 1, tag, MPI_COMM_WORLD);
    else if (rank == 1)
        MPI_Recv(&word, 1, MPI_INT, 0, wrong ? MPI_ANY_TAG : tag, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
    MPI_Finalize();
    return 0;
}
