// about: rank 1 expects three messages, rank 0 sends two and goes to finalize
// verdict: deadlock
// ranks: 2 3 4 8
// lines: 22 MPI_Recv, 23 MPI_Finalize

#include <mpi.h>
#include <string.h>

int main(int argc, char **argv)
{
    int wrong = argc > 1 && strcmp(argv[1], "wrong") == 0;
    int rank, size;
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    int n = wrong ? 2 : 3, value = 0;
    if (rank == 0)
        for (int i = 0; i < n; i++)
            MPI_Send(&i, 1, MPI_INT, 1, i, MPI_COMM_WORLD);
    if (rank == 1)
        for (int i = 0; i < 3; i++)
            MPI_Recv(&value, 1, MPI_INT, 0, i, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
    MPI_Finalize();
    return 0;
}
