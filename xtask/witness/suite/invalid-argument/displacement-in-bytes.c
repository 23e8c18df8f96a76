// about: a displacement counts bytes, and the window counts in elements
// verdict: invalid-argument
// ranks: 3 4 5
// lines: 26 MPI_Get

#include <mpi.h>
#include <string.h>

int main(int argc, char **argv)
{
    int wrong = argc > 1 && strcmp(argv[1], "wrong") == 0;
    int rank, size;
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    long *part, sum = 0, parts[4];
    MPI_Win win;
    MPI_Win_allocate(4 * sizeof *part, sizeof *part, MPI_INFO_NULL, MPI_COMM_WORLD, &part, &win);
    for (int i = 0; i < 4; i++)
        part[i] = rank + i;
    // Every second element, and one beside it.
    MPI_Datatype pair;
    MPI_Type_vector(2, 1, 2, MPI_LONG, &pair);
    MPI_Type_commit(&pair);
    MPI_Win_fence(MPI_MODE_NOPRECEDE, win);
    MPI_Get(parts, 1, pair, (rank + 1) % size, wrong ? sizeof *part : 1, 1, pair, win);
    MPI_Win_fence(MPI_MODE_NOSUCCEED, win);
    sum += parts[0] + parts[2];
    MPI_Type_free(&pair);
    MPI_Win_free(&win);
    MPI_Finalize();
    return sum < 0;
}
