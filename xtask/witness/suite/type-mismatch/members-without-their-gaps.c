// about: the members of a struct are described as if they lay side by side, without the gap that the compiler leaves
// verdict: type-mismatch
// ranks: 2 3 4 8
// lines: 25 MPI_Type_create_struct
// notes: yes

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
    struct particle {
        char kind;
        double mass;
    } mine = {'a', 1.5 + rank};
    int lengths[2] = {1, 1};
    MPI_Aint places[2] = {0, wrong ? sizeof(char) : offsetof(struct particle, mass)};
    MPI_Datatype types[2] = {MPI_CHAR, MPI_DOUBLE}, particle;
    MPI_Type_create_struct(2, lengths, places, types, &particle);
    MPI_Type_commit(&particle);
    MPI_Bcast(&mine, 1, particle, 0, MPI_COMM_WORLD);
    MPI_Type_free(&particle);
    MPI_Finalize();
    return 0;
}
