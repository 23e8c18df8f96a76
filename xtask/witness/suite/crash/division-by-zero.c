// about: the last rank divides by zero, after it sent and before it joins the others
// verdict: crash
// ranks: 2 3 4 8
// lines: 25 MPI_Bcast

#include <mpi.h>
#include <string.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    int wrong = argc > 1 && strcmp(argv[1], "wrong") == 0;
    int rank, size;
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    volatile int parts = wrong ? 0 : size;
    int share = 100, next = (rank + 1) % size, in;
    MPI_Sendrecv(&share, 1, MPI_INT, next, 0, &in, 1, MPI_INT, (rank + size - 1) % size, 0,
                 MPI_COMM_WORLD, MPI_STATUS_IGNORE);
    if (rank == size - 1) {
        usleep(300000);
        share = 100 / parts;
    }
    MPI_Bcast(&share, 1, MPI_INT, size - 1, MPI_COMM_WORLD);
    MPI_Finalize();
    return 0;
}
