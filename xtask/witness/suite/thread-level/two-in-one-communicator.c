// about: two threads of each rank are in a sum over one communicator at the same time, which MPI may mix up
// verdict: thread-level
// ranks: 2 3 4
// lines: 21 MPI_Allreduce

#include <mpi.h>
#include <pthread.h>
#include <string.h>
#include <unistd.h>

static int rank, size;

static void *add(void *communicator)
{
    MPI_Comm comm = *(MPI_Comm *)communicator;
    int sum;
    for (int round = 0; round < 3; round++) {
        // The last rank comes late: so all threads of the others have come.
        if (rank == size - 1)
            usleep(100000);
        MPI_Allreduce(&round, &sum, 1, MPI_INT, MPI_SUM, comm);
    }
    return NULL;
}

int main(int argc, char **argv)
{
    int wrong = argc > 1 && strcmp(argv[1], "wrong") == 0;
    int provided;
    pthread_t second;
    MPI_Comm own;
    MPI_Init_thread(&argc, &argv, MPI_THREAD_MULTIPLE, &provided);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    MPI_Comm_dup(MPI_COMM_WORLD, &own);
    if (provided == MPI_THREAD_MULTIPLE) {
        MPI_Comm world = MPI_COMM_WORLD;
        pthread_create(&second, NULL, add, wrong ? &world : &own);
        add(&world);
        pthread_join(second, NULL);
    }
    MPI_Comm_free(&own);
    MPI_Finalize();
    return 0;
}
