// about: two groups reduce and scatter blocks of the same length, though there must be as many numbers in all
// verdict: collective-mismatch
// ranks: 3 5 8
// lines: 27 MPI_Reduce_scatter_block

#include <mpi.h>
#include <stdlib.h>
#include <string.h>

int main(int argc, char **argv)
{
    int wrong = argc > 1 && strcmp(argv[1], "wrong") == 0;
    int rank, size;
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    /* Of one rank, and of all others. */
    MPI_Comm group, both;
    MPI_Comm_split(MPI_COMM_WORLD, rank > 0, rank, &group);
    MPI_Intercomm_create(group, 0, MPI_COMM_WORLD, rank > 0 ? 0 : 1, 7, &both);
    int local, remote;
    MPI_Comm_size(both, &local);
    MPI_Comm_remote_size(both, &remote);
    int length = wrong ? 4 : 4 * remote;
    int *in = calloc(4 * size * size, sizeof *in), *out = calloc(4 * size * size, sizeof *out);
    in[0] = rank;
    MPI_Reduce_scatter_block(in, out, length, MPI_INT, MPI_SUM, both);
    free(in);
    free(out);
    MPI_Comm_free(&both);
    MPI_Comm_free(&group);
    MPI_Finalize();
    return 0;
}
