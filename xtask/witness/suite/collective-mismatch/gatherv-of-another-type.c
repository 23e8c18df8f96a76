// about: the root gathers as floating-point numbers what the others send as integers: the result is wrong
// verdict: collective-mismatch
// ranks: 2 3 4 8
// lines: 23 MPI_Gatherv

#include <mpi.h>
#include <string.h>

int main(int argc, char **argv)
{
    int wrong = argc > 1 && strcmp(argv[1], "wrong") == 0;
    int rank, size;
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    int mine = rank, counts[64], starts[64];
    MPI_Datatype type = wrong ? MPI_FLOAT : MPI_INT;
    int all[64];
    for (int i = 0; i < size; i++) {
        counts[i] = 1;
        starts[i] = i;
    }
    MPI_Gatherv(&mine, 1, MPI_INT, all, counts, starts, type, 0, MPI_COMM_WORLD);
    MPI_Finalize();
    return 0;
}
