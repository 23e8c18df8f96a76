// about: rank 0 receives before the barrier what the last rank sends after it
// verdict: deadlock
// ranks: 2 3 4 8
// lines: 18 MPI_Recv, 19 MPI_Barrier

#include <mpi.h>
#include <string.h>

int main(int argc, char **argv)
{
    int wrong = argc > 1 && strcmp(argv[1], "wrong") == 0;
    int rank, size;
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    unsigned word = 7;
    if (rank == 0 && wrong)
        MPI_Recv(&word, 1, MPI_UNSIGNED, size - 1, 0, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
    MPI_Barrier(MPI_COMM_WORLD);
    if (rank == 0 && !wrong)
        MPI_Recv(&word, 1, MPI_UNSIGNED, size - 1, 0, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
    if (rank == size - 1)
        MPI_Send(&word, 1, MPI_UNSIGNED, 0, 0, MPI_COMM_WORLD);
    MPI_Finalize();
    return 0;
}
