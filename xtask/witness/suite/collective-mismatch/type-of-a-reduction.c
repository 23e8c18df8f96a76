// about: rank 1 takes part in a sum of floats with integers
// verdict: collective-mismatch
// ranks: 2 3 4 8
// lines: 19 MPI_Allreduce, 21 MPI_Allreduce

#include <mpi.h>
#include <string.h>

int main(int argc, char **argv)
{
    int wrong = argc > 1 && strcmp(argv[1], "wrong") == 0;
    int rank, size;
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    float a[2] = {1, 2}, b[2];
    int c[2] = {1, 2}, d[2];
    if (wrong && rank == 1)
        MPI_Allreduce(c, d, 2, MPI_INT, MPI_SUM, MPI_COMM_WORLD);
    else
        MPI_Allreduce(a, b, 2, MPI_FLOAT, MPI_SUM, MPI_COMM_WORLD);
    MPI_Finalize();
    return 0;
}
