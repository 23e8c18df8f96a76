// about: rank 0 sends tags 1 and 2 in this order, rank 1 receives tag 2 first
// verdict: unsafe-send
// ranks: 2 3 4 8
// lines: 19 MPI_Send, 22 MPI_Recv
// strict: yes

#include <mpi.h>
#include <string.h>

int main(int argc, char **argv)
{
    int wrong = argc > 1 && strcmp(argv[1], "wrong") == 0;
    int rank, size;
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    int first = 1, second = 2, in;
    if (rank == 0) {
        MPI_Send(&first, 1, MPI_INT, 1, 1, MPI_COMM_WORLD);
        MPI_Send(&second, 1, MPI_INT, 1, 2, MPI_COMM_WORLD);
    } else if (rank == 1) {
        MPI_Recv(&in, 1, MPI_INT, 0, wrong ? 2 : 1, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
        MPI_Recv(&in, 1, MPI_INT, 0, wrong ? 1 : 2, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
    }
    MPI_Finalize();
    return 0;
}
