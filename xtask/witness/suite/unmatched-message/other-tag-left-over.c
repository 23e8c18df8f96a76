// about: every worker sends a result and a second message with its time, and rank 0 receives only the results
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
    enum { RESULT = 1, TIME = 2 };
    double result = rank, time = 0.1;
    if (rank > 0) {
        MPI_Send(&result, 1, MPI_DOUBLE, 0, RESULT, MPI_COMM_WORLD);
        MPI_Send(&time, 1, MPI_DOUBLE, 0, TIME, MPI_COMM_WORLD);
    }
    for (int from = 1; rank == 0 && from < size; from++) {
        MPI_Recv(&result, 1, MPI_DOUBLE, from, RESULT, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
        if (!wrong)
            MPI_Recv(&time, 1, MPI_DOUBLE, from, TIME, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
    }
    MPI_Finalize();
    return 0;
}
