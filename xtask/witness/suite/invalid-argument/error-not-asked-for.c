// about: an error ends the job, since nobody has asked for it; to ask for it is right
// verdict: invalid-argument
// ranks: 2 3 4
// lines: 24 MPI_Comm_get_attr

#include <mpi.h>
#include <string.h>

int main(int argc, char **argv)
{
    int wrong = argc > 1 && strcmp(argv[1], "wrong") == 0;
    int rank, size;
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    MPI_Errhandler before, ours;
    MPI_Comm_get_errhandler(MPI_COMM_WORLD, &before);
    if (before != MPI_ERRORS_ARE_FATAL)
        MPI_Abort(MPI_COMM_WORLD, 3);
    if (!wrong)
        MPI_Comm_set_errhandler(MPI_COMM_WORLD, MPI_ERRORS_RETURN);
    int found;
    void *value;
    int code = MPI_Comm_get_attr(MPI_COMM_WORLD, MPI_KEYVAL_INVALID, &value, &found);
    if (code == MPI_SUCCESS || MPI_Send(NULL, -1, MPI_INT, size, -7, MPI_COMM_WORLD) == MPI_SUCCESS)
        MPI_Abort(MPI_COMM_WORLD, 4);
    MPI_Comm_set_errhandler(MPI_COMM_WORLD, before);
    MPI_Comm_get_errhandler(MPI_COMM_WORLD, &ours);
    if (ours != MPI_ERRORS_ARE_FATAL)
        MPI_Abort(MPI_COMM_WORLD, 5);
    MPI_Finalize();
    return 0;
}
