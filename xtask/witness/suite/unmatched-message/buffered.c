// about: a buffered send completes at once, and its message is never received
// verdict: unmatched-message
// ranks: 2 3 4 8
// lines: 21 MPI_Bsend

#include <mpi.h>
#include <string.h>

int main(int argc, char **argv)
{
    int wrong = argc > 1 && strcmp(argv[1], "wrong") == 0;
    int rank, size;
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    char space[64 + MPI_BSEND_OVERHEAD];
    void *address;
    int word = 9, bytes = sizeof space;
    MPI_Buffer_attach(space, bytes);
    if (rank == 1)
        MPI_Bsend(&word, 1, MPI_INT, 1, 0, MPI_COMM_WORLD);
    if (rank == 1 && !wrong)
        MPI_Recv(&word, 1, MPI_INT, 1, 0, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
    MPI_Buffer_detach(&address, &bytes);
    MPI_Finalize();
    return 0;
}
