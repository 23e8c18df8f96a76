// about: two groups are to be connected, and their leaders name different tags
// verdict: deadlock
// ranks: 2 3 5
// lines: 23 MPI_Intercomm_create

#include <mpi.h>
#include <string.h>

int main(int argc, char **argv)
{
    int wrong = argc > 1 && strcmp(argv[1], "wrong") == 0;
    int rank, size;
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    MPI_Comm group, groups;
    int second = rank >= size / 2;
    MPI_Comm_split(MPI_COMM_WORLD, second, -rank, &group);
    // The last of each part is its leader. They meet twice, the second time with other tags.
    int other = second ? size / 2 - 1 : size - 1;
    for (int round = 0; round < 2; round++) {
        int tag = wrong && second ? 8 : 8 + round;
        MPI_Intercomm_create(group, 0, MPI_COMM_WORLD, other, tag, &groups);
        MPI_Comm_free(&groups);
    }
    MPI_Comm_free(&group);
    MPI_Finalize();
    return 0;
}
