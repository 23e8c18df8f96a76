// about: neighbours exchange, sending longs and receiving doubles
// verdict: type-mismatch
// ranks: 2 3 4 8
// lines: 21 MPI_Sendrecv

#include <mpi.h>
#include <string.h>

int main(int argc, char **argv)
{
    int wrong = argc > 1 && strcmp(argv[1], "wrong") == 0;
    int rank, size;
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    long out[2] = {rank, -rank}, longs[4];
    double doubles[4];
    int right = (rank + 1) % size, left = (rank + size - 1) % size;
    void *in = wrong ? (void *)doubles : (void *)longs;
    MPI_Datatype type = wrong ? MPI_DOUBLE : MPI_LONG;
    MPI_Sendrecv(out, 2, MPI_LONG, right, 0, in, 4, type, left, 0, MPI_COMM_WORLD,
                 MPI_STATUS_IGNORE);
    MPI_Finalize();
    return 0;
}
