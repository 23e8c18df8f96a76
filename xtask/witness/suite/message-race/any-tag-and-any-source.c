// about: parameters and data come with different tags from two ranks, and rank 0 takes both with wildcards in a fixed order
// verdict: message-race
// notes: yes
// ranks: 3 4 8
// lines: 21 MPI_Recv, 25 MPI_Send, 27 MPI_Send

#include <mpi.h>
#include <string.h>

int main(int argc, char **argv)
{
    int wrong = argc > 1 && strcmp(argv[1], "wrong") == 0;
    int rank, size;
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    enum { PARAMETERS = 1, DATA = 2 };
    float parameters[2] = {1, 2}, data[2] = {3, 4};
    if (rank == 0) {
        int first = wrong ? MPI_ANY_TAG : PARAMETERS, second = wrong ? MPI_ANY_TAG : DATA;
        MPI_Recv(parameters, 2, MPI_FLOAT, MPI_ANY_SOURCE, first, MPI_COMM_WORLD,
                 MPI_STATUS_IGNORE);
        MPI_Recv(data, 2, MPI_FLOAT, MPI_ANY_SOURCE, second, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
    } else if (rank == 1) {
        MPI_Send(parameters, 2, MPI_FLOAT, 0, PARAMETERS, MPI_COMM_WORLD);
    } else if (rank == 2) {
        MPI_Send(data, 2, MPI_FLOAT, 0, DATA, MPI_COMM_WORLD);
    }
    MPI_Finalize();
    return 0;
}
