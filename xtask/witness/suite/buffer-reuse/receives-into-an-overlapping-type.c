// about: each rank receives into blocks of two elements of which the next begins at the second element of the one before
// verdict: buffer-reuse
// ranks: 2 3 4 8
// lines: 23 MPI_Recv

#include <mpi.h>
#include <string.h>

int main(int argc, char **argv)
{
    int wrong = argc > 1 && strcmp(argv[1], "wrong") == 0;
    int rank, size;
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    MPI_Datatype blocks;
    MPI_Type_vector(3, 2, wrong ? 1 : 2, MPI_INT, &blocks);
    MPI_Type_commit(&blocks);
    int out[6] = {0, 1, 2, 3, 4, 5}, in[8];
    int next = (rank + 1) % size, before = (rank + size - 1) % size;
    MPI_Request request;
    MPI_Isend(out, 6, MPI_INT, next, 0, MPI_COMM_WORLD, &request);
    MPI_Recv(in, 1, blocks, before, 0, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
    MPI_Wait(&request, MPI_STATUS_IGNORE);
    MPI_Type_free(&blocks);
    MPI_Finalize();
    return 0;
}
