// about: rank 0 finds its input bad and leaves by exit(3), while the others wait for the broadcast of it
// verdict: crash
// ranks: 2 3 4 8
// lines: 25 MPI_Bcast

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
    int length = 0;
    if (rank == 0) {
        usleep(300000);
        length = wrong ? -1 : 10;
        if (length < 0)
            exit(3);
    }
    MPI_Bcast(&length, 1, MPI_INT, 0, MPI_COMM_WORLD);
    MPI_Finalize();
    return 0;
}
