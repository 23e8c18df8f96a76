// about: MPI_ANY_TAG is given to a send, which must name its tag
// verdict: invalid-argument
// ranks: 2 3 4 8
// lines: 18 MPI_Ssend

#include <mpi.h>
#include <string.h>

int main(int argc, char **argv)
{
    int wrong = argc > 1 && strcmp(argv[1], "wrong") == 0;
    int rank, size;
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    int word = 1;
    if (rank == 0)
        MPI_Ssend(&word, 1, MPI_INT, 1, wrong ? MPI_ANY_TAG : 0, MPI_COMM_WORLD);
    else if (rank == 1)
        MPI_Recv(&word, 1, MPI_INT, 0, MPI_ANY_TAG, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
    MPI_Finalize();
    return 0;
}
