// about: rank 0 gathers results by hand before it broadcasts the parameters from which they are made
// verdict: deadlock
// ranks: 2 3 4 8
// lines: 22 MPI_Recv, 26 MPI_Bcast

#include <mpi.h>
#include <string.h>

int main(int argc, char **argv)
{
    int wrong = argc > 1 && strcmp(argv[1], "wrong") == 0;
    int rank, size;
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    double step = 0, result;
    if (rank == 0) {
        step = 0.5;
        if (!wrong)
            MPI_Bcast(&step, 1, MPI_DOUBLE, 0, MPI_COMM_WORLD);
        for (int from = 1; from < size; from++)
            MPI_Recv(&result, 1, MPI_DOUBLE, from, 0, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
        if (wrong)
            MPI_Bcast(&step, 1, MPI_DOUBLE, 0, MPI_COMM_WORLD);
    } else {
        MPI_Bcast(&step, 1, MPI_DOUBLE, 0, MPI_COMM_WORLD);
        result = step * rank;
        MPI_Send(&result, 1, MPI_DOUBLE, 0, 0, MPI_COMM_WORLD);
    }
    MPI_Finalize();
    return 0;
}
