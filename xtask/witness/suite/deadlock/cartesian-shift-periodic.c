// about: every rank sends synchronously along a dimension that is periodic, so that no rank is free to receive
// verdict: deadlock
// ranks: 2 3 4 8
// lines: 21 MPI_Ssend

#include <mpi.h>
#include <string.h>

int main(int argc, char **argv)
{
    int wrong = argc > 1 && strcmp(argv[1], "wrong") == 0;
    int rank, size;
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    MPI_Comm line;
    int periodic = wrong, source, destination;
    float front = 1, back = 0;
    MPI_Cart_create(MPI_COMM_WORLD, 1, &size, &periodic, 0, &line);
    MPI_Cart_shift(line, 0, 1, &source, &destination);
    MPI_Ssend(&front, 1, MPI_FLOAT, destination, 0, line);
    MPI_Recv(&back, 1, MPI_FLOAT, source, 0, line, MPI_STATUS_IGNORE);
    MPI_Comm_free(&line);
    MPI_Finalize();
    return 0;
}
