// about: rank 0 waits for its immediate barrier before it sends what the others receive before they join
// verdict: deadlock
// ranks: 2 3 4 8
// lines: 21 MPI_Wait, 25 MPI_Recv

#include <mpi.h>
#include <string.h>

int main(int argc, char **argv)
{
    int wrong = argc > 1 && strcmp(argv[1], "wrong") == 0;
    int rank, size;
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    int seed = 5;
    MPI_Request request = MPI_REQUEST_NULL;
    if (rank == 0) {
        MPI_Ibarrier(MPI_COMM_WORLD, &request);
        if (wrong)
            MPI_Wait(&request, MPI_STATUS_IGNORE);
        for (int to = 1; to < size; to++)
            MPI_Send(&seed, 1, MPI_INT, to, 0, MPI_COMM_WORLD);
    } else {
        MPI_Recv(&seed, 1, MPI_INT, 0, 0, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
        MPI_Ibarrier(MPI_COMM_WORLD, &request);
    }
    MPI_Wait(&request, MPI_STATUS_IGNORE);
    MPI_Finalize();
    return 0;
}
