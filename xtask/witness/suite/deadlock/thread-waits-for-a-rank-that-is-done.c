// about: a second thread waits for a message of a rank that has finalized, while its first thread waits for it
// verdict: deadlock
// ranks: 2 3 4
// lines: 13 MPI_Recv

#include <mpi.h>
#include <pthread.h>
#include <string.h>

static void *receive(void *word)
{
    MPI_Status status;
    MPI_Recv(word, 1, MPI_INT, 1, 0, MPI_COMM_WORLD, &status);
    return NULL;
}

int main(int argc, char **argv)
{
    int wrong = argc > 1 && strcmp(argv[1], "wrong") == 0;
    int provided, rank, word = 3;
    pthread_t second;
    MPI_Init_thread(&argc, &argv, MPI_THREAD_MULTIPLE, &provided);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    if (provided == MPI_THREAD_MULTIPLE) {
        MPI_Barrier(MPI_COMM_WORLD);
        if (rank == 0) {
            pthread_create(&second, NULL, receive, &word);
            pthread_join(second, NULL);
        }
        if (rank == 1 && !wrong)
            MPI_Send(&word, 1, MPI_INT, 0, 0, MPI_COMM_WORLD);
    }
    MPI_Finalize();
    return 0;
}
