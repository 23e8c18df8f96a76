// about: two receives from any rank take what comes, and one expects numbers of another type than the other
// verdict: message-race
// ranks: 3 4 7
// lines: 21 MPI_Recv, 22 MPI_Recv

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
    int steps[2] = {rank, size};
    float times[2] = {0.5f, 1.5f};
    int second = wrong ? 3 : 4;
    if (rank == 0) {
        MPI_Recv(steps, 2, MPI_INT, MPI_ANY_SOURCE, 3, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
        MPI_Recv(times, 2, MPI_FLOAT, MPI_ANY_SOURCE, second, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
    } else if (rank == 1) {
        MPI_Send(steps, 2, MPI_INT, 0, 3, MPI_COMM_WORLD);
    } else if (rank == size - 1) {
        usleep(200000);
        MPI_Send(times, 2, MPI_FLOAT, 0, second, MPI_COMM_WORLD);
    }
    MPI_Finalize();
    return 0;
}
