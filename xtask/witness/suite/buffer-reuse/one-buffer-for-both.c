// about: every rank gives a reduction the same buffer to send and to receive, without MPI_IN_PLACE
// verdict: buffer-reuse
// ranks: 2 3 4 8
// lines: 18 MPI_Allreduce
// findings: 1

#include <mpi.h>
#include <string.h>

int main(int argc, char **argv)
{
    int wrong = argc > 1 && strcmp(argv[1], "wrong") == 0;
    MPI_Init(&argc, &argv);
    int rank;
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    double sums[3] = {rank, 1, -rank};
    const void *own = wrong ? sums : MPI_IN_PLACE;
    MPI_Allreduce(own, sums, 3, MPI_DOUBLE, MPI_SUM, MPI_COMM_WORLD);
    MPI_Finalize();
    return 0;
}
