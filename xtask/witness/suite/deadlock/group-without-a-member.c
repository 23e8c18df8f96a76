// about: the last rank of a group does not take part in making its communicator
// verdict: deadlock
// ranks: 3 4 6
// lines: 22 MPI_Comm_create_group

#include <mpi.h>
#include <string.h>

int main(int argc, char **argv)
{
    int wrong = argc > 1 && strcmp(argv[1], "wrong") == 0;
    int rank, size;
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    MPI_Group all, some;
    MPI_Comm members = MPI_COMM_NULL;
    MPI_Comm_group(MPI_COMM_WORLD, &all);
    MPI_Group_excl(all, 1, (int[]){0}, &some);
    int missing = wrong && rank == size - 1;
    if (rank > 0 && !missing)
        MPI_Comm_create_group(MPI_COMM_WORLD, some, 3, &members);
    if (members != MPI_COMM_NULL) {
        MPI_Barrier(members);
        MPI_Comm_free(&members);
    }
    MPI_Group_free(&some);
    MPI_Group_free(&all);
    MPI_Barrier(MPI_COMM_WORLD);
    MPI_Finalize();
    return 0;
}
