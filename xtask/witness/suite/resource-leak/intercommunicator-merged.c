// about: two halves become one again through an intercommunicator, which is not freed when the merged one is
// verdict: resource-leak
// ranks: 2 3 4 8
// lines: 19 MPI_Intercomm_create

#include <mpi.h>
#include <string.h>

int main(int argc, char **argv)
{
    int wrong = argc > 1 && strcmp(argv[1], "wrong") == 0;
    int rank, size;
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    MPI_Comm half, across, merged;
    int high = rank >= size / 2, sum, mine = 1;
    MPI_Comm_split(MPI_COMM_WORLD, high, rank, &half);
    MPI_Intercomm_create(half, 0, MPI_COMM_WORLD, high ? 0 : size / 2, 0, &across);
    MPI_Intercomm_merge(across, high, &merged);
    MPI_Allreduce(&mine, &sum, 1, MPI_INT, MPI_SUM, merged);
    MPI_Comm_free(&merged);
    MPI_Comm_free(&half);
    if (!wrong)
        MPI_Comm_free(&across);
    MPI_Finalize();
    return 0;
}
