// about: MPI_IN_PLACE is given for the buffer that a sum goes to, and only the other may be it
// verdict: invalid-argument
// ranks: 2 3 4
// lines: 17 MPI_Allreduce

#include <mpi.h>
#include <string.h>

int main(int argc, char **argv)
{
    int wrong = argc > 1 && strcmp(argv[1], "wrong") == 0;
    int rank, size;
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    int x = rank;
    MPI_Allreduce(wrong ? &x : MPI_IN_PLACE, wrong ? MPI_IN_PLACE : &x, 1, MPI_INT, MPI_SUM, MPI_COMM_WORLD);
    MPI_Finalize();
    return 0;
}
