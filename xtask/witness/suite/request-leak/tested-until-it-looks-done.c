// about: a rank tests an immediate barrier once and goes on, instead of testing until it is complete
// verdict: request-leak
// ranks: 2 3 4 8
// lines: 21 MPI_Ibarrier

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
    int done = 0;
    MPI_Request request;
    if (rank == 0)
        usleep(500000);
    MPI_Ibarrier(MPI_COMM_WORLD, &request);
    do
        MPI_Test(&request, &done, MPI_STATUS_IGNORE);
    while (!done && !(wrong && rank > 0));
    MPI_Barrier(MPI_COMM_WORLD);
    MPI_Finalize();
    return 0;
}
