// about: rank 0 receives from rank 2, which sends nothing and has gone to finalize, instead of from rank 1
// verdict: deadlock
// ranks: 3 4 8
// lines: 18 MPI_Recv, 21 MPI_Finalize

#include <mpi.h>
#include <string.h>

int main(int argc, char **argv)
{
    int wrong = argc > 1 && strcmp(argv[1], "wrong") == 0;
    int rank, size;
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    long answer = 42;
    if (rank == 0)
        MPI_Recv(&answer, 1, MPI_LONG, wrong ? 2 : 1, 0, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
    else if (rank == 1)
        MPI_Send(&answer, 1, MPI_LONG, 0, 0, MPI_COMM_WORLD);
    MPI_Finalize();
    return 0;
}
