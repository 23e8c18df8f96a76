// about: a copy of the handle of an operation is used after the operation was freed
// verdict: invalid-argument
// ranks: 2 3 4
// lines: 30 MPI_Allreduce

#include <mpi.h>
#include <string.h>

static void largest(void *in, void *inout, int *count, MPI_Datatype *type)
{
    int *from = in, *to = inout;
    (void)type;
    for (int at = 0; at < *count; at++)
        to[at] = from[at] > to[at] ? from[at] : to[at];
}

int main(int argc, char **argv)
{
    int wrong = argc > 1 && strcmp(argv[1], "wrong") == 0;
    int rank, size;
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    MPI_Op op, copy;
    MPI_Op_create(largest, 1, &op);
    copy = op;
    if (wrong)
        MPI_Op_free(&op);
    int all;
    MPI_Allreduce(&rank, &all, 1, MPI_INT, copy, MPI_COMM_WORLD);
    if (!wrong)
        MPI_Op_free(&op);
    MPI_Finalize();
    return 0;
}
