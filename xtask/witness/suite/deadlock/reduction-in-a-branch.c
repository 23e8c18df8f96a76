// about: a sum over all ranks stands in a branch that rank 0 does not take
// verdict: deadlock
// ranks: 2 3 4 8
// lines: 12 MPI_Allreduce, 31 MPI_Finalize

#include <mpi.h>
#include <string.h>

static double sum(double part)
{
    double whole = 0;
    MPI_Allreduce(&part, &whole, 1, MPI_DOUBLE, MPI_SUM, MPI_COMM_WORLD);
    return whole;
}

int main(int argc, char **argv)
{
    int wrong = argc > 1 && strcmp(argv[1], "wrong") == 0;
    int rank, size;
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    double part = rank, whole = 0;
    if (wrong) {
        if (part > 0)
            whole = sum(part);
    } else {
        whole = sum(part > 0 ? part : 0);
    }
    (void)whole;
    MPI_Finalize();
    return 0;
}
