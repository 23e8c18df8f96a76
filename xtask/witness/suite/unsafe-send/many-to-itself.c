// about: every rank sends a hundred messages to itself before it receives them; with receives posted first it is right
// verdict: unsafe-send
// ranks: 2 3 4 8
// lines: 23 MPI_Send
// strict: yes

#include <mpi.h>
#include <string.h>

int main(int argc, char **argv)
{
    int wrong = argc > 1 && strcmp(argv[1], "wrong") == 0;
    int rank, size;
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    enum { N = 100 };
    int in[N], number;
    MPI_Request requests[N];
    for (int i = 0; !wrong && i < N; i++)
        MPI_Irecv(&in[i], 1, MPI_INT, rank, i, MPI_COMM_WORLD, &requests[i]);
    for (number = 0; number < N; number++)
        MPI_Send(&number, 1, MPI_INT, rank, number, MPI_COMM_WORLD);
    for (int i = 0; wrong && i < N; i++)
        MPI_Irecv(&in[i], 1, MPI_INT, rank, i, MPI_COMM_WORLD, &requests[i]);
    MPI_Waitall(N, requests, MPI_STATUSES_IGNORE);
    MPI_Finalize();
    return 0;
}
