// about: a packed message is sent as characters and received as an int and two floats in a row
// verdict: type-mismatch
// ranks: 2 3 4 8
// lines: 27 MPI_Send, 29 MPI_Recv

#include <mpi.h>
#include <stddef.h>
#include <string.h>

int main(int argc, char **argv)
{
    int wrong = argc > 1 && strcmp(argv[1], "wrong") == 0;
    int rank, size;
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    struct { int n; float x[2]; } data = {2, {0.5, 1.5}};
    char space[64];
    int used = 0, lengths[2] = {1, 2};
    MPI_Aint places[2] = {0, sizeof(int)};
    MPI_Datatype parts[2] = {MPI_INT, MPI_FLOAT}, type;
    MPI_Type_create_struct(2, lengths, places, parts, &type);
    MPI_Type_commit(&type);
    if (rank == 0) {
        MPI_Pack(&data.n, 1, MPI_INT, space, 64, &used, MPI_COMM_WORLD);
        MPI_Pack(data.x, 2, MPI_FLOAT, space, 64, &used, MPI_COMM_WORLD);
        MPI_Send(space, used, wrong ? MPI_CHAR : MPI_PACKED, 1, 0, MPI_COMM_WORLD);
    } else if (rank == 1) {
        MPI_Recv(&data, 1, type, 0, 0, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
    }
    MPI_Type_free(&type);
    MPI_Finalize();
    return 0;
}
