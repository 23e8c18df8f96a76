// about: a loop over MPI_Waitsome leaves the last request out
// verdict: request-leak
// ranks: 2 3 4 8
// lines: 25 MPI_Irecv

#include <mpi.h>
#include <string.h>

int main(int argc, char **argv)
{
    int wrong = argc > 1 && strcmp(argv[1], "wrong") == 0;
    int rank, size;
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    int in[64], mine = rank, done = 0, some, indices[64];
    MPI_Request requests[64];
    if (rank > 0) {
        MPI_Send(&mine, 1, MPI_INT, 0, 0, MPI_COMM_WORLD);
        MPI_Send(&mine, 1, MPI_INT, 0, 1, MPI_COMM_WORLD);
    } else {
        int last = wrong ? size - 1 : size;
        for (int from = 1; from < size; from++)
            MPI_Irecv(&in[from], 1, MPI_INT, from, 0, MPI_COMM_WORLD, &requests[from - 1]);
        MPI_Irecv(&in[0], 1, MPI_INT, size - 1, 1, MPI_COMM_WORLD, &requests[size - 1]);
        for (int from = 1; from < size - 1; from++)
            MPI_Recv(&in[from + size], 1, MPI_INT, from, 1, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
        while (done < last) {
            MPI_Waitsome(last, requests, &some, indices, MPI_STATUSES_IGNORE);
            done += some;
        }
    }
    MPI_Finalize();
    return 0;
}
