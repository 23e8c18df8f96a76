// about: every rank sends to the right and also receives from the right, so nobody takes what is sent
// verdict: deadlock
// ranks: 3 4 8
// lines: 18 MPI_Sendrecv

#include <mpi.h>
#include <string.h>

int main(int argc, char **argv)
{
    int wrong = argc > 1 && strcmp(argv[1], "wrong") == 0;
    int rank, size;
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    int right = (rank + 1) % size, left = (rank + size - 1) % size;
    int token = rank, arrived = -1;
    MPI_Sendrecv(&token, 1, MPI_INT, right, 0, &arrived, 1, MPI_INT, wrong ? right : left, 0,
                 MPI_COMM_WORLD, MPI_STATUS_IGNORE);
    MPI_Finalize();
    return 0;
}
