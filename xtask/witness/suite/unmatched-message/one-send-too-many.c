// about: a loop of sends runs once more than the loop of receives
// verdict: unmatched-message
// ranks: 2 3 4 8
// lines: 19 MPI_Send

#include <mpi.h>
#include <string.h>

int main(int argc, char **argv)
{
    int wrong = argc > 1 && strcmp(argv[1], "wrong") == 0;
    int rank, size;
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    int peer = rank ^ 1, in;
    if (peer < size && rank < peer)
        for (int i = 0; wrong ? i <= 5 : i < 5; i++)
            MPI_Send(&i, 1, MPI_INT, peer, 0, MPI_COMM_WORLD);
    else if (peer < size)
        for (int i = 0; i < 5; i++)
            MPI_Recv(&in, 1, MPI_INT, peer, 0, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
    MPI_Finalize();
    return 0;
}
