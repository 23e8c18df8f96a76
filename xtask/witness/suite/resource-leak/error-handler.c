// about: an error handler is created and set, and never freed
// verdict: resource-leak
// ranks: 2 3 4 8
// notes: yes
// lines: 24 MPI_Comm_create_errhandler

#include <mpi.h>
#include <string.h>

static void quiet(MPI_Comm *comm, int *code, ...)
{
    (void)comm;
    (void)code;
}

int main(int argc, char **argv)
{
    int wrong = argc > 1 && strcmp(argv[1], "wrong") == 0;
    int rank, size;
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    MPI_Errhandler handler;
    MPI_Comm_create_errhandler(quiet, &handler);
    MPI_Comm_set_errhandler(MPI_COMM_SELF, handler);
    MPI_Comm_set_errhandler(MPI_COMM_SELF, MPI_ERRORS_ARE_FATAL);
    if (!wrong)
        MPI_Errhandler_free(&handler);
    MPI_Finalize();
    return 0;
}
