// about: an info object with hints is never freed
// verdict: resource-leak
// ranks: 2 3 4 8
// notes: yes
// lines: 19 MPI_Info_create

#include <mpi.h>
#include <string.h>

int main(int argc, char **argv)
{
    int wrong = argc > 1 && strcmp(argv[1], "wrong") == 0;
    int rank, size;
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    MPI_Info hints;
    MPI_Comm copy;
    MPI_Info_create(&hints);
    MPI_Info_set(hints, "mpi_assert_no_any_tag", "true");
    MPI_Comm_dup_with_info(MPI_COMM_WORLD, hints, &copy);
    MPI_Comm_free(&copy);
    if (!wrong)
        MPI_Info_free(&hints);
    MPI_Finalize();
    return 0;
}
