// about: the leader of one group names a rank of the other that does not lead it
// verdict: deadlock
// ranks: 3 4 6
// lines: 20 MPI_Intercomm_create

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
    int other = second ? 0 : wrong ? size - 1 : 1;
    MPI_Intercomm_create(group, 0, MPI_COMM_WORLD, other, 7, &groups);
    MPI_Barrier(groups);
    MPI_Comm_free(&groups);
    MPI_Comm_free(&group);
    MPI_Finalize();
    return 0;
}
