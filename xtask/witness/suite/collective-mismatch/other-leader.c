// about: the ranks of a group do not agree on who leads it
// verdict: collective-mismatch
// ranks: 3 4 6
// lines: 21 MPI_Intercomm_create

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
    int second = rank > 0;
    MPI_Comm_split(MPI_COMM_WORLD, second, rank, &group);
    // Of the second group each names itself.
    int leader = wrong && second ? rank - 1 : 0;
    MPI_Intercomm_create(group, leader, MPI_COMM_WORLD, !second, 7, &groups);
    MPI_Barrier(groups);
    MPI_Comm_free(&groups);
    MPI_Comm_free(&group);
    MPI_Finalize();
    return 0;
}
