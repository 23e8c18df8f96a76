// about: two threads of one rank exchange through MPI, and the second waits for a tag that the first does not send
// verdict: deadlock
// ranks: 2 3 4 8
// lines: 14 MPI_Recv, 29 MPI_Ssend

#include <mpi.h>
#include <pthread.h>
#include <string.h>

static int rank, tag;

static void *consume(void *result)
{
    MPI_Recv(result, 1, MPI_INT, rank, tag, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
    MPI_Ssend(result, 1, MPI_INT, rank, 8, MPI_COMM_WORLD);
    return NULL;
}

int main(int argc, char **argv)
{
    int wrong = argc > 1 && strcmp(argv[1], "wrong") == 0;
    int provided, value = 3, echo = 0, result = 0;
    pthread_t consumer;
    MPI_Init_thread(&argc, &argv, MPI_THREAD_MULTIPLE, &provided);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    tag = wrong ? 6 : 7;
    if (provided == MPI_THREAD_MULTIPLE) {
        pthread_create(&consumer, NULL, consume, &result);
        MPI_Ssend(&value, 1, MPI_INT, rank, 7, MPI_COMM_WORLD);
        MPI_Recv(&echo, 1, MPI_INT, rank, 8, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
        pthread_join(consumer, NULL);
    }
    MPI_Finalize();
    return 0;
}
