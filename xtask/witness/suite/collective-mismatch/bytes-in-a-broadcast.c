// about: the root broadcasts integers, and the others take bytes
// verdict: collective-mismatch
// ranks: 2 3 4
// lines: 17 MPI_Bcast, 19 MPI_Bcast

#include <mpi.h>
#include <string.h>

int main(int argc, char **argv)
{
    int wrong = argc > 1 && strcmp(argv[1], "wrong") == 0;
    int rank, numbers[3] = {1, 2, 3};
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Datatype type = wrong && rank > 0 ? MPI_BYTE : MPI_INT;
    if (rank == 0)
        MPI_Bcast(numbers, 3, MPI_INT, 0, MPI_COMM_WORLD);
    else
        MPI_Bcast(numbers, type == MPI_INT ? 3 : (int)sizeof numbers, type, 0, MPI_COMM_WORLD);
    MPI_Finalize();
    return 0;
}
