// about: a rank of MPI_COMM_WORLD is used as a rank of a smaller communicator
// verdict: invalid-argument
// ranks: 3 4 8
// lines: 21 MPI_Send

#include <mpi.h>
#include <string.h>

int main(int argc, char **argv)
{
    int wrong = argc > 1 && strcmp(argv[1], "wrong") == 0;
    int rank, size;
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    MPI_Comm rest;
    int me, word = 0;
    MPI_Comm_split(MPI_COMM_WORLD, rank > 0, rank, &rest);
    MPI_Comm_rank(rest, &me);
    if (rank == 1)
        MPI_Send(&word, 1, MPI_INT, wrong ? size - 1 : size - 2, 0, rest);
    if (rank == size - 1)
        MPI_Recv(&word, 1, MPI_INT, 0, 0, rest, MPI_STATUS_IGNORE);
    MPI_Comm_free(&rest);
    MPI_Finalize();
    return 0;
}
