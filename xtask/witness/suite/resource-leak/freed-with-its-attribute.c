// about: communicators kept as attributes of others are not freed with those
// verdict: resource-leak
// ranks: 2 3 4 8
// lines: 40 MPI_Comm_dup

#include <mpi.h>
#include <stdlib.h>
#include <string.h>

static int wrong;

/* Called by MPI, when the communicator that holds the other is freed. */
static int release(MPI_Comm comm, int key, void *value, void *extra)
{
    (void)comm, (void)key, (void)extra;
    MPI_Comm *inner = value;
    if (!wrong)
        MPI_Comm_free(inner);
    free(inner);
    return MPI_SUCCESS;
}

/* Called by MPI_Finalize, which frees the attributes of MPI_COMM_SELF first. */
static int release_type(MPI_Comm comm, int key, void *value, void *extra)
{
    (void)comm, (void)key, (void)extra;
    return MPI_Type_free(value);
}

int main(int argc, char **argv)
{
    wrong = argc > 1 && strcmp(argv[1], "wrong") == 0;
    int key;
    MPI_Init(&argc, &argv);
    MPI_Comm_create_keyval(MPI_COMM_NULL_COPY_FN, release, &key, NULL);
    for (int round = 0; round < 5; round++) {
        MPI_Comm outer, *inner = malloc(sizeof *inner);
        MPI_Comm_dup(MPI_COMM_WORLD, &outer);
        /* Such as a library makes, so that its messages meet no others. */
        MPI_Comm_dup(outer, inner);
        MPI_Comm_set_attr(outer, key, inner);
        MPI_Barrier(*inner);
        MPI_Comm_free(&outer);
    }
    MPI_Comm_free_keyval(&key);

    static MPI_Datatype pair;
    int at_end;
    MPI_Type_contiguous(2, MPI_INT, &pair);
    MPI_Type_commit(&pair);
    MPI_Comm_create_keyval(MPI_COMM_NULL_COPY_FN, release_type, &at_end, NULL);
    MPI_Comm_set_attr(MPI_COMM_SELF, at_end, &pair);
    MPI_Comm_free_keyval(&at_end);
    MPI_Finalize();
    return 0;
}
