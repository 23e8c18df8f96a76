// about: receives for the messages of all others share one variable while all are active
// verdict: buffer-reuse
// ranks: 3 4 8
// lines: 20 MPI_Irecv

#include <mpi.h>
#include <string.h>

int main(int argc, char **argv)
{
    int wrong = argc > 1 && strcmp(argv[1], "wrong") == 0;
    int rank, size;
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    int all[64], one, mine = rank;
    MPI_Request requests[64];
    if (rank == 0) {
        for (int from = 1; from < size; from++)
            MPI_Irecv(wrong ? &one : &all[from], 1, MPI_INT, from, 0, MPI_COMM_WORLD,
                      &requests[from - 1]);
        MPI_Waitall(size - 1, requests, MPI_STATUSES_IGNORE);
    } else {
        MPI_Send(&mine, 1, MPI_INT, 0, 0, MPI_COMM_WORLD);
    }
    MPI_Finalize();
    return 0;
}
