// about: a second thread sends, although MPI_Init allows calls from its own thread only
// verdict: thread-level
// ranks: 1 2 3 4
// lines: 12 MPI_Send

#include <mpi.h>
#include <pthread.h>
#include <string.h>

static void *send(void *word)
{
    MPI_Send(word, 1, MPI_INT, 0, 0, MPI_COMM_SELF);
    return NULL;
}

int main(int argc, char **argv)
{
    int wrong = argc > 1 && strcmp(argv[1], "wrong") == 0;
    int provided = MPI_THREAD_MULTIPLE, sent = 3, word;
    pthread_t second;
    MPI_Request request;
    if (wrong)
        MPI_Init(&argc, &argv);
    else
        MPI_Init_thread(&argc, &argv, MPI_THREAD_MULTIPLE, &provided);
    MPI_Irecv(&word, 1, MPI_INT, 0, 0, MPI_COMM_SELF, &request);
    if (provided == MPI_THREAD_MULTIPLE) {
        pthread_create(&second, NULL, send, &sent);
        pthread_join(second, NULL);
    } else {
        send(&sent);
    }
    MPI_Wait(&request, MPI_STATUS_IGNORE);
    MPI_Finalize();
    return 0;
}
