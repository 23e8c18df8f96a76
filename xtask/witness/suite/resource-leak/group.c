// about: of two groups that lead to a communicator one is never freed
// verdict: resource-leak
// ranks: 2 3 4 8
// lines: 19 MPI_Comm_group

#include <mpi.h>
#include <string.h>

int main(int argc, char **argv)
{
    int wrong = argc > 1 && strcmp(argv[1], "wrong") == 0;
    int rank, size;
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    MPI_Group all, even;
    MPI_Comm comm;
    int every_second[1][3] = {{0, size - 1, 2}};
    MPI_Comm_group(MPI_COMM_WORLD, &all);
    MPI_Group_range_incl(all, 1, every_second, &even);
    MPI_Comm_create(MPI_COMM_WORLD, even, &comm);
    if (comm != MPI_COMM_NULL)
        MPI_Comm_free(&comm);
    MPI_Group_free(&even);
    if (!wrong)
        MPI_Group_free(&all);
    MPI_Finalize();
    return 0;
}
