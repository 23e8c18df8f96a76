// about: a reduction is given MPI_OP_NULL
// verdict: invalid-argument
// ranks: 2 3 4 8
// lines: 18 MPI_Allreduce

#include <mpi.h>
#include <string.h>

int main(int argc, char **argv)
{
    int wrong = argc > 1 && strcmp(argv[1], "wrong") == 0;
    int rank, size;
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    int part = rank, whole;
    MPI_Op op = wrong ? MPI_OP_NULL : MPI_SUM;
    MPI_Allreduce(&part, &whole, 1, MPI_INT, op, MPI_COMM_WORLD);
    MPI_Finalize();
    return 0;
}
