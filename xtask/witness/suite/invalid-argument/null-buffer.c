// about: a receive has no buffer; a null address is right with a datatype that holds an address
// verdict: invalid-argument
// ranks: 2 3 4
// lines: 26 MPI_Recv

#include <mpi.h>
#include <string.h>

int main(int argc, char **argv)
{
    int wrong = argc > 1 && strcmp(argv[1], "wrong") == 0;
    int rank, size;
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    int x[4] = {1, 2, 3, 4};
    MPI_Aint at;
    MPI_Datatype absolute;
    int four = 4;
    MPI_Get_address(x, &at);
    MPI_Type_create_hindexed(1, &four, &at, MPI_INT, &absolute);
    MPI_Type_commit(&absolute);
    if (rank == 0)
        MPI_Send(MPI_BOTTOM, 1, absolute, 1, 0, MPI_COMM_WORLD);
    else if (rank == 1)
        MPI_Recv(MPI_BOTTOM, wrong ? 4 : 1, wrong ? MPI_INT : absolute, 0, 0, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
    MPI_Type_free(&absolute);
    MPI_Finalize();
    return 0;
}
