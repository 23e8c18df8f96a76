// about: rank 1 ends the job with MPI_Abort while rank 0 waits for its result
// verdict: crash
// ranks: 2 3 4 8
// lines: 21 MPI_Abort, 25 MPI_Recv

#include <mpi.h>
#include <string.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    int wrong = argc > 1 && strcmp(argv[1], "wrong") == 0;
    int rank, size;
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    int result = 1;
    if (rank == 1) {
        usleep(300000);
        if (wrong)
            MPI_Abort(MPI_COMM_WORLD, 7);
        MPI_Send(&result, 1, MPI_INT, 0, 0, MPI_COMM_WORLD);
    }
    if (rank == 0)
        MPI_Recv(&result, 1, MPI_INT, 1, 0, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
    MPI_Finalize();
    return 0;
}
