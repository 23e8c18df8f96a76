// about: a loop makes a communicator in each step and frees none, until MPI has no more
// verdict: resource-leak
// ranks: 2 3
// lines: 19 MPI_Comm_dup
// mpi: mpich

#include <mpi.h>
#include <string.h>

int main(int argc, char **argv)
{
    int wrong = argc > 1 && strcmp(argv[1], "wrong") == 0;
    int rank, size;
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    for (int step = 0; step < 3000; step++) {
        MPI_Comm comm;
        MPI_Comm_dup(MPI_COMM_WORLD, &comm);
        if (!wrong)
            MPI_Comm_free(&comm);
    }
    MPI_Finalize();
    return 0;
}
