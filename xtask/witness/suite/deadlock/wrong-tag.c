// about: rank 0 waits for tag 8, rank 1 sends with tag 7 and waits for the reply
// verdict: deadlock
// ranks: 2 3 4 8
// lines: 18 MPI_Recv, 23 MPI_Recv

#include <mpi.h>
#include <string.h>

int main(int argc, char **argv)
{
    int wrong = argc > 1 && strcmp(argv[1], "wrong") == 0;
    int rank, size;
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    int question = 6, answer = 0;
    if (rank == 0) {
        MPI_Recv(&question, 1, MPI_INT, 1, wrong ? 8 : 7, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
        answer = question * 7;
        MPI_Send(&answer, 1, MPI_INT, 1, 9, MPI_COMM_WORLD);
    } else if (rank == 1) {
        MPI_Send(&question, 1, MPI_INT, 0, 7, MPI_COMM_WORLD);
        MPI_Recv(&answer, 1, MPI_INT, 0, 9, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
    }
    MPI_Finalize();
    return 0;
}
