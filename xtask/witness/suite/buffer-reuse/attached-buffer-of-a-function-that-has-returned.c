// about: a function attaches an array of its own for buffered sends and returns before they are made
// verdict: buffer-reuse
// ranks: 2 3 4
// lines: 14 MPI_Buffer_attach, 31 MPI_Bsend

#include <mpi.h>
#include <string.h>

enum { LENGTH = 4096 };

static void __attribute__((noinline)) prepare(char *given)
{
    char own[LENGTH];
    MPI_Buffer_attach(given ? given : own, LENGTH);
    // One that is detached before the function returns is right.
    if (given) {
        MPI_Buffer_detach(&given, &(int){0});
        MPI_Buffer_attach(given, LENGTH);
    }
}

int main(int argc, char **argv)
{
    int wrong = argc > 1 && strcmp(argv[1], "wrong") == 0;
    int rank, size, other, length;
    char buffer[LENGTH], *detached;
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    prepare(wrong ? NULL : buffer);
    MPI_Bsend(&rank, 1, MPI_INT, (rank + 1) % size, 0, MPI_COMM_WORLD);
    MPI_Recv(&other, 1, MPI_INT, (rank + size - 1) % size, 0, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
    MPI_Buffer_detach(&detached, &length);
    MPI_Finalize();
    return 0;
}
