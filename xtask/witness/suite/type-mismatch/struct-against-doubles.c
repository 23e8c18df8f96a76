// about: a struct of two ints and a double is received as doubles
// verdict: type-mismatch
// ranks: 2 3 4 8
// lines: 31 MPI_Send, 33 MPI_Recv

#include <mpi.h>
#include <stddef.h>
#include <string.h>

struct particle {
    int kind, charge;
    double mass;
};

int main(int argc, char **argv)
{
    int wrong = argc > 1 && strcmp(argv[1], "wrong") == 0;
    int rank, size;
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    struct particle out = {1, -1, 2.5}, in;
    double numbers[2];
    MPI_Datatype type;
    int lengths[2] = {2, 1};
    MPI_Aint places[2] = {offsetof(struct particle, kind), offsetof(struct particle, mass)};
    MPI_Datatype parts[2] = {MPI_INT, MPI_DOUBLE};
    MPI_Type_create_struct(2, lengths, places, parts, &type);
    MPI_Type_commit(&type);
    if (rank == 0)
        MPI_Send(&out, 1, type, size - 1, 0, MPI_COMM_WORLD);
    if (rank == size - 1 && wrong)
        MPI_Recv(numbers, 2, MPI_DOUBLE, 0, 0, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
    else if (rank == size - 1)
        MPI_Recv(&in, 1, type, 0, 0, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
    MPI_Type_free(&type);
    MPI_Finalize();
    return 0;
}
