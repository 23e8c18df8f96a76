// about: rank 0 writes through a null pointer while the others wait for it in a barrier
// verdict: crash
// ranks: 2 3 4 8
// lines: 22 MPI_Barrier

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
    volatile int spare = 0, *volatile where = wrong ? NULL : &spare;
    if (rank == 0) {
        usleep(300000);
        *where = 1;
    }
    MPI_Barrier(MPI_COMM_WORLD);
    MPI_Finalize();
    return 0;
}
