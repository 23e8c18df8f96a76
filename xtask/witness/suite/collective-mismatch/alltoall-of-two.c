// about: rank 1 gives two elements to each rank, and each rank takes one of it
// verdict: collective-mismatch
// ranks: 2 3 4 8
// lines: 18 MPI_Alltoall

#include <mpi.h>
#include <string.h>

int main(int argc, char **argv)
{
    int wrong = argc > 1 && strcmp(argv[1], "wrong") == 0;
    int rank, size;
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    int out[128] = {0}, in[128];
    int give = wrong && rank == 1 ? 2 : 1;
    MPI_Alltoall(out, give, MPI_INT, in, 1, MPI_INT, MPI_COMM_WORLD);
    MPI_Finalize();
    return 0;
}
