// about: the last rank names another operation than the others in a reduction between two groups
// verdict: collective-mismatch
// ranks: 3 4 8
// lines: 30 MPI_Reduce_scatter

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
    MPI_Comm half, both;
    int remote, local;
    MPI_Comm_split(MPI_COMM_WORLD, rank == 0, rank, &half);
    MPI_Intercomm_create(half, 0, MPI_COMM_WORLD, rank == 0 ? 1 : 0, 5, &both);
    MPI_Comm_remote_size(both, &remote);
    MPI_Comm_size(both, &local);
    /* As many in all on both sides. */
    int each = 100 * remote, counts[64];
    double *in = calloc(each * local, sizeof *in), *out = calloc(each, sizeof *out);
    for (int i = 0; i < local; i++)
        counts[i] = each;
    MPI_Reduce_scatter_block(in, out, each, MPI_DOUBLE, MPI_SUM, both);
    MPI_Op op = rank == size - 1 && wrong ? MPI_MAX : MPI_SUM;
    MPI_Reduce_scatter(in, out, counts, MPI_DOUBLE, op, both);
    free(in);
    free(out);
    MPI_Comm_free(&both);
    MPI_Comm_free(&half);
    MPI_Finalize();
    return 0;
}
