// about: a send has a tag below 0
// verdict: invalid-argument
// ranks: 2 3 4 8
// lines: 20 MPI_Send

#include <mpi.h>
#include <string.h>

int main(int argc, char **argv)
{
    int wrong = argc > 1 && strcmp(argv[1], "wrong") == 0;
    int rank, size;
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    char flag = 1, in;
    MPI_Request request;
    int tag = wrong ? -77 : 77;
    MPI_Irecv(&in, 1, MPI_CHAR, (rank + 1) % size, MPI_ANY_TAG, MPI_COMM_WORLD, &request);
    MPI_Send(&flag, 1, MPI_CHAR, (rank + size - 1) % size, tag, MPI_COMM_WORLD);
    MPI_Wait(&request, MPI_STATUS_IGNORE);
    MPI_Finalize();
    return 0;
}
