// about: the main thread has asked for calls of its own only, and a worker of the last rank takes part in a barrier
// verdict: thread-level
// ranks: 2 3 4 8
// lines: 12 MPI_Barrier

#include <mpi.h>
#include <pthread.h>
#include <string.h>

static void *meet(void *nothing)
{
    MPI_Barrier(MPI_COMM_WORLD);
    return nothing;
}

int main(int argc, char **argv)
{
    int wrong = argc > 1 && strcmp(argv[1], "wrong") == 0;
    int provided, rank, size;
    pthread_t worker;
    MPI_Init_thread(&argc, &argv, wrong ? MPI_THREAD_FUNNELED : MPI_THREAD_SERIALIZED, &provided);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    if (rank == size - 1 && (wrong || provided >= MPI_THREAD_SERIALIZED)) {
        pthread_create(&worker, NULL, meet, NULL);
        pthread_join(worker, NULL);
    } else {
        meet(NULL);
    }
    MPI_Finalize();
    return 0;
}
