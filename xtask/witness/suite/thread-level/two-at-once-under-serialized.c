// about: one thread waits in a receive for what another thread of its rank sends, and only one may be in MPI at a time
// verdict: thread-level
// ranks: 1 2 3 4
// lines: 14 MPI_Ssend, 29 MPI_Recv

#include <mpi.h>
#include <pthread.h>
#include <string.h>

static void *send(void *wrong)
{
    int word = 3;
    if (*(int *)wrong)
        MPI_Ssend(&word, 1, MPI_INT, 0, 0, MPI_COMM_SELF);
    else
        MPI_Send(&word, 1, MPI_INT, 0, 0, MPI_COMM_SELF);
    return NULL;
}

int main(int argc, char **argv)
{
    int wrong = argc > 1 && strcmp(argv[1], "wrong") == 0;
    int provided, word;
    pthread_t second;
    MPI_Request request;
    MPI_Init_thread(&argc, &argv, MPI_THREAD_SERIALIZED, &provided);
    if (wrong) {
        pthread_create(&second, NULL, send, &wrong);
        MPI_Recv(&word, 1, MPI_INT, 0, 0, MPI_COMM_SELF, MPI_STATUS_IGNORE);
        pthread_join(second, NULL);
    } else if (provided >= MPI_THREAD_SERIALIZED) {
        MPI_Irecv(&word, 1, MPI_INT, 0, 0, MPI_COMM_SELF, &request);
        pthread_create(&second, NULL, send, &wrong);
        pthread_join(second, NULL);
        MPI_Wait(&request, MPI_STATUS_IGNORE);
    }
    MPI_Finalize();
    return 0;
}
