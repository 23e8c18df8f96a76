// about: the root sends parameters to the workers while they send it a greeting, all before they receive
// verdict: unsafe-send
// ranks: 2 3 4 8
// lines: 20 MPI_Send, 26 MPI_Send
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
    int word = rank, heard;
    if (rank == 0) {
        for (int to = 1; to < size; to++)
            MPI_Send(&word, 1, MPI_INT, to, 0, MPI_COMM_WORLD);
        for (int from = 1; from < size; from++)
            MPI_Recv(&heard, 1, MPI_INT, from, 1, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
    } else {
        if (!wrong)
            MPI_Recv(&heard, 1, MPI_INT, 0, 0, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
        MPI_Send(&word, 1, MPI_INT, 0, 1, MPI_COMM_WORLD);
        if (wrong)
            MPI_Recv(&heard, 1, MPI_INT, 0, 0, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
    }
    MPI_Finalize();
    return 0;
}
