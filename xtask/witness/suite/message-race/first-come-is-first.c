// about: rank 0 takes whatever comes first for the message of rank 1 and what comes second for that of rank 2
// verdict: message-race
// notes: yes
// ranks: 3 4 8
// lines: 20 MPI_Recv, 24 MPI_Send

#include <mpi.h>
#include <string.h>

int main(int argc, char **argv)
{
    int wrong = argc > 1 && strcmp(argv[1], "wrong") == 0;
    int rank, size;
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    double minuend = rank, subtrahend = 0;
    int any = MPI_ANY_SOURCE;
    if (rank == 0) {
        MPI_Recv(&minuend, 1, MPI_DOUBLE, wrong ? any : 1, 0, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
        MPI_Recv(&subtrahend, 1, MPI_DOUBLE, wrong ? any : 2, 0, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
        minuend -= subtrahend;
    } else if (rank < 3) {
        MPI_Send(&minuend, 1, MPI_DOUBLE, 0, 0, MPI_COMM_WORLD);
    }
    MPI_Finalize();
    return 0;
}
