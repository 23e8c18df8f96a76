// about: every rank sends synchronously to the right before it receives from the left
// verdict: deadlock
// ranks: 2 3 4 8
// lines: 19 MPI_Ssend

#include <mpi.h>
#include <string.h>

int main(int argc, char **argv)
{
    int wrong = argc > 1 && strcmp(argv[1], "wrong") == 0;
    int rank, size;
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    float parcel[16] = {0};
    int right = (rank + 1) % size, left = (rank + size - 1) % size;
    if (wrong) {
        MPI_Ssend(parcel, 16, MPI_FLOAT, right, 0, MPI_COMM_WORLD);
        MPI_Recv(parcel, 16, MPI_FLOAT, left, 0, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
    } else {
        MPI_Sendrecv_replace(parcel, 16, MPI_FLOAT, right, 0, left, 0, MPI_COMM_WORLD,
                             MPI_STATUS_IGNORE);
    }
    MPI_Finalize();
    return 0;
}
