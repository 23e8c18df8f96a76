// about: the ranks scan as many elements as their rank says
// verdict: collective-mismatch
// ranks: 2 3 4 8
// lines: 17 MPI_Scan

#include <mpi.h>
#include <string.h>

int main(int argc, char **argv)
{
    int wrong = argc > 1 && strcmp(argv[1], "wrong") == 0;
    int rank, size;
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    int part[64] = {0}, prefix[64];
    MPI_Scan(part, prefix, wrong ? rank + 1 : size, MPI_INT, MPI_SUM, MPI_COMM_WORLD);
    MPI_Finalize();
    return 0;
}
