// about: a key for attributes is never freed
// verdict: resource-leak
// ranks: 2 3 4 8
// notes: yes
// lines: 18 MPI_Comm_create_keyval

#include <mpi.h>
#include <string.h>

int main(int argc, char **argv)
{
    int wrong = argc > 1 && strcmp(argv[1], "wrong") == 0;
    int rank, size;
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    int key, found, level = 3, *cached;
    MPI_Comm_create_keyval(MPI_COMM_NULL_COPY_FN, MPI_COMM_NULL_DELETE_FN, &key, NULL);
    MPI_Comm_set_attr(MPI_COMM_SELF, key, &level);
    MPI_Comm_get_attr(MPI_COMM_SELF, key, &cached, &found);
    MPI_Comm_delete_attr(MPI_COMM_SELF, key);
    if (!wrong)
        MPI_Comm_free_keyval(&key);
    MPI_Finalize();
    return 0;
}
