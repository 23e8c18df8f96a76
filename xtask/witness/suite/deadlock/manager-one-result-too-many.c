// about: the manager takes one result more from any worker than the workers send
// verdict: deadlock
// ranks: 2 3 4 8
// lines: 21 MPI_Recv, 30 MPI_Finalize

#include <mpi.h>
#include <string.h>

int main(int argc, char **argv)
{
    int wrong = argc > 1 && strcmp(argv[1], "wrong") == 0;
    int rank, size;
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    enum { EACH = 3 };
    long sum = 0, result;
    if (rank == 0) {
        int expected = EACH * (size - 1) + (wrong ? 1 : 0);
        for (int i = 0; i < expected; i++) {
            MPI_Recv(&result, 1, MPI_LONG, MPI_ANY_SOURCE, 0, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
            sum += result;
        }
    } else {
        for (int i = 0; i < EACH; i++) {
            result = 100 * rank + i;
            MPI_Send(&result, 1, MPI_LONG, 0, 0, MPI_COMM_WORLD);
        }
    }
    MPI_Finalize();
    return 0;
}
