// about: an immediate receive of one row meets a message of two
// verdict: truncation
// ranks: 2 3 4 8
// lines: 19 MPI_Irecv, 21 MPI_Send

#include <mpi.h>
#include <string.h>

int main(int argc, char **argv)
{
    int wrong = argc > 1 && strcmp(argv[1], "wrong") == 0;
    int rank, size;
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    enum { WIDTH = 5 };
    double out[2 * WIDTH] = {0}, in[2 * WIDTH];
    MPI_Request request;
    MPI_Irecv(in, wrong ? WIDTH : 2 * WIDTH, MPI_DOUBLE, (rank + 1) % size, 0, MPI_COMM_WORLD,
              &request);
    MPI_Send(out, 2 * WIDTH, MPI_DOUBLE, (rank + size - 1) % size, 0, MPI_COMM_WORLD);
    MPI_Wait(&request, MPI_STATUS_IGNORE);
    MPI_Finalize();
    return 0;
}
