// about: a manager probes for results with another tag than the workers use, again and again
// verdict: deadlock
// ranks: 2 3 4
// lines: 23 MPI_Iprobe
// limit: 15

#include <mpi.h>
#include <string.h>

enum { RESULT = 4, STOP = 5 };

int main(int argc, char **argv)
{
    int wrong = argc > 1 && strcmp(argv[1], "wrong") == 0;
    int rank, size;
    MPI_Status status;
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    if (rank == 0) {
        for (int missing = size - 1, there, part; missing > 0; missing--) {
            for (there = 0; !there;)
                MPI_Iprobe(MPI_ANY_SOURCE, wrong ? STOP : RESULT, MPI_COMM_WORLD, &there, &status);
            MPI_Recv(&part, 1, MPI_INT, status.MPI_SOURCE, RESULT, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
        }
    } else {
        MPI_Send(&rank, 1, MPI_INT, 0, RESULT, MPI_COMM_WORLD);
    }
    MPI_Finalize();
    return 0;
}
