// about: the main thread and a second one of each rank of a pair receive before they send, each with its own tag
// verdict: deadlock
// ranks: 2 3 4 8
// lines: 18 MPI_Recv

#include <mpi.h>
#include <pthread.h>
#include <stdint.h>
#include <string.h>

static int peer, receives_first;

static void *exchange(void *argument)
{
    int tag = (int)(intptr_t)argument, out = tag, in;
    if (!receives_first)
        MPI_Ssend(&out, 1, MPI_INT, peer, tag, MPI_COMM_WORLD);
    MPI_Recv(&in, 1, MPI_INT, peer, tag, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
    if (receives_first)
        MPI_Ssend(&out, 1, MPI_INT, peer, tag, MPI_COMM_WORLD);
    return NULL;
}

int main(int argc, char **argv)
{
    int wrong = argc > 1 && strcmp(argv[1], "wrong") == 0;
    int provided, rank, size;
    pthread_t second;
    MPI_Init_thread(&argc, &argv, MPI_THREAD_MULTIPLE, &provided);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    peer = rank ^ 1;
    receives_first = wrong || rank % 2 == 1;
    if (provided == MPI_THREAD_MULTIPLE && peer < size) {
        pthread_create(&second, NULL, exchange, (void *)1);
        exchange((void *)2);
        pthread_join(second, NULL);
    }
    MPI_Finalize();
    return 0;
}
