// about: odd ranks broadcast first and reduce second, even ranks the other way round, on one communicator
// verdict: collective-mismatch
// ranks: 2 3 4 8
// lines: 19 MPI_Bcast, 21 MPI_Reduce

#include <mpi.h>
#include <string.h>

int main(int argc, char **argv)
{
    int wrong = argc > 1 && strcmp(argv[1], "wrong") == 0;
    int rank, size;
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    int step = 2, sum = 0;
    for (int turn = 0; turn < 2; turn++) {
        if (turn == (wrong && rank % 2))
            MPI_Bcast(&step, 1, MPI_INT, 0, MPI_COMM_WORLD);
        else
            MPI_Reduce(&step, &sum, 1, MPI_INT, MPI_SUM, 0, MPI_COMM_WORLD);
    }
    MPI_Finalize();
    return 0;
}
