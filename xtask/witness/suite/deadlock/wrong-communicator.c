// about: rank 1 sends on a duplicate of MPI_COMM_WORLD, rank 0 receives on MPI_COMM_WORLD itself
// verdict: deadlock
// ranks: 2 3 4 8
// lines: 20 MPI_Recv, 22 MPI_Ssend

#include <mpi.h>
#include <string.h>

int main(int argc, char **argv)
{
    int wrong = argc > 1 && strcmp(argv[1], "wrong") == 0;
    int rank, size;
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    MPI_Comm twin;
    MPI_Comm_dup(MPI_COMM_WORLD, &twin);
    char note[8] = "hello";
    if (rank == 0)
        MPI_Recv(note, 8, MPI_CHAR, 1, 1, wrong ? MPI_COMM_WORLD : twin, MPI_STATUS_IGNORE);
    else if (rank == 1)
        MPI_Ssend(note, 6, MPI_CHAR, 0, 1, twin);
    MPI_Comm_free(&twin);
    MPI_Finalize();
    return 0;
}
