// about: contiguous pairs of ints are received as single unsigned numbers; as single ints that is allowed
// verdict: type-mismatch
// ranks: 2 3 4 8
// lines: 22 MPI_Send, 24 MPI_Recv

#include <mpi.h>
#include <string.h>

int main(int argc, char **argv)
{
    int wrong = argc > 1 && strcmp(argv[1], "wrong") == 0;
    int rank, size;
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    int numbers[6] = {1, 2, 3, 4, 5, 6};
    unsigned naturals[8];
    MPI_Datatype pair;
    MPI_Type_contiguous(2, MPI_INT, &pair);
    MPI_Type_commit(&pair);
    if (rank == 0)
        MPI_Send(numbers, 3, pair, 1, 0, MPI_COMM_WORLD);
    else if (rank == 1)
        MPI_Recv(naturals, 8, wrong ? MPI_UNSIGNED : MPI_INT, 0, 0, MPI_COMM_WORLD,
                 MPI_STATUS_IGNORE);
    MPI_Type_free(&pair);
    MPI_Finalize();
    return 0;
}
