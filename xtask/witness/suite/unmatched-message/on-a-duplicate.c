// about: a message on a duplicated communicator is not received before that communicator is freed
// verdict: unmatched-message
// ranks: 2 3 4 8
// lines: 20 MPI_Send

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
    int word = rank;
    MPI_Comm_dup(MPI_COMM_WORLD, &copy);
    if (rank == size - 1)
        MPI_Send(&word, 1, MPI_INT, 0, 0, copy);
    if (rank == 0 && !wrong)
        MPI_Recv(&word, 1, MPI_INT, size - 1, 0, copy, MPI_STATUS_IGNORE);
    MPI_Comm_free(&copy);
    MPI_Finalize();
    return 0;
}
