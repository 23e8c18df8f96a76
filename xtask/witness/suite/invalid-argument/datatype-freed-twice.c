// about: a datatype is freed twice, the second time by a copy of its handle
// verdict: invalid-argument
// ranks: 1 2 4
// lines: 20 MPI_Type_free

#include <mpi.h>
#include <string.h>

int main(int argc, char **argv)
{
    int wrong = argc > 1 && strcmp(argv[1], "wrong") == 0;
    MPI_Init(&argc, &argv);
    MPI_Datatype triple, copy;
    MPI_Type_contiguous(3, MPI_INT, &triple);
    if (wrong)
        copy = triple;
    else
        MPI_Type_dup(triple, &copy);
    MPI_Type_free(&triple);
    MPI_Type_free(&copy);
    MPI_Finalize();
    return 0;
}
