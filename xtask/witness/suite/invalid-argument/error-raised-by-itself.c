// about: a program raises an error of its own, and has not named a handler that returns
// verdict: invalid-argument
// ranks: 2 3 4
// lines: 31 MPI_Comm_call_errhandler

#include <mpi.h>
#include <string.h>

static int errors = 0;

static void count(MPI_Comm *comm, int *code, ...)
{
    (void)comm;
    (void)code;
    errors++;
}

int main(int argc, char **argv)
{
    int wrong = argc > 1 && strcmp(argv[1], "wrong") == 0;
    int rank, size;
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    MPI_Comm twin;
    MPI_Errhandler handler;
    MPI_Comm_create_errhandler(count, &handler);
    MPI_Comm_dup(MPI_COMM_WORLD, &twin);
    if (!wrong)
        MPI_Comm_set_errhandler(twin, handler);
    MPI_Comm_call_errhandler(twin, MPI_ERR_ARG);
    if (errors != 1)
        MPI_Abort(MPI_COMM_WORLD, 3);
    MPI_Errhandler_free(&handler);
    MPI_Comm_free(&twin);
    MPI_Finalize();
    return 0;
}
