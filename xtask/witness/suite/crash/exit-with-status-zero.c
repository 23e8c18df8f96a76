// about: rank 1 leaves by exit(0), without finalizing, while the others wait for its part of a sum
// verdict: crash
// ranks: 2 3 4 8
// lines: 23 MPI_Allreduce

#include <mpi.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    int wrong = argc > 1 && strcmp(argv[1], "wrong") == 0;
    int rank, size;
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    double part = rank, whole;
    if (rank == 1)
        usleep(300000);
    if (rank == 1 && wrong)
        exit(0);
    MPI_Allreduce(&part, &whole, 1, MPI_DOUBLE, MPI_SUM, MPI_COMM_WORLD);
    MPI_Finalize();
    return 0;
}
