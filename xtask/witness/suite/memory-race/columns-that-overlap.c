// about: two ranks put columns of a matrix, and one column is the same
// verdict: memory-race
// ranks: 3 4
// lines: 24 MPI_Put

#include <mpi.h>
#include <string.h>

int main(int argc, char **argv)
{
    int wrong = argc > 1 && strcmp(argv[1], "wrong") == 0;
    int rank, size;
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    int memory[4][4] = {{0}}, column[4] = {1, 2, 3, 4};
    MPI_Win window;
    MPI_Datatype every;
    MPI_Win_create(memory, sizeof memory, sizeof **memory, MPI_INFO_NULL, MPI_COMM_WORLD, &window);
    MPI_Type_vector(4, 1, 4, MPI_INT, &every);
    MPI_Type_commit(&every);
    MPI_Win_fence(0, window);
    if (rank > 0)
        MPI_Put(column, 4, MPI_INT, 0, wrong ? 2 : rank - 1, 1, every, window);
    MPI_Win_fence(0, window);
    MPI_Type_free(&every);
    MPI_Win_free(&window);
    MPI_Finalize();
    return 0;
}
