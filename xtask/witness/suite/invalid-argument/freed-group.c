// about: a copy of the handle of a group is asked for its size after the group was freed
// verdict: invalid-argument
// ranks: 2 3 4
// lines: 24 MPI_Group_size

#include <mpi.h>
#include <string.h>

int main(int argc, char **argv)
{
    int wrong = argc > 1 && strcmp(argv[1], "wrong") == 0;
    int rank, size;
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    MPI_Group group, copy;
    MPI_Comm_group(MPI_COMM_WORLD, &group);
    MPI_Group_incl(group, 1, &rank, &copy);
    MPI_Group_free(&group);
    group = copy;
    if (wrong)
        MPI_Group_free(&copy);
    int members;
    MPI_Group_size(group, &members);
    if (!wrong)
        MPI_Group_free(&group);
    MPI_Finalize();
    return 0;
}
