// about: an operation of the program's own is never freed
// verdict: resource-leak
// ranks: 2 3 4 8
// lines: 26 MPI_Op_create

#include <mpi.h>
#include <string.h>

static void longest(void *in, void *inout, int *count, MPI_Datatype *type)
{
    (void)type;
    for (int i = 0; i < *count; i++)
        if (((int *)in)[i] > ((int *)inout)[i])
            ((int *)inout)[i] = ((int *)in)[i];
}

int main(int argc, char **argv)
{
    int wrong = argc > 1 && strcmp(argv[1], "wrong") == 0;
    int rank, size;
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    int mine = rank, most;
    MPI_Op op;
    MPI_Op_create(longest, 1, &op);
    MPI_Allreduce(&mine, &most, 1, MPI_INT, op, MPI_COMM_WORLD);
    if (!wrong)
        MPI_Op_free(&op);
    MPI_Finalize();
    return 0;
}
