// about: ranks 0, 1 and 2 each send to both others before they receive from both
// verdict: unsafe-send
// ranks: 3 4 8
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
    int mine = rank, theirs;
    MPI_Request requests[2];
    if (rank < 3) {
        for (int step = 1; step < 3; step++) {
            int to = (rank + step) % 3;
            if (wrong)
                MPI_Send(&mine, 1, MPI_INT, to, step, MPI_COMM_WORLD);
            else
                MPI_Isend(&mine, 1, MPI_INT, to, step, MPI_COMM_WORLD, &requests[step - 1]);
        }
        for (int step = 1; step < 3; step++)
            MPI_Recv(&theirs, 1, MPI_INT, (rank + 3 - step) % 3, step, MPI_COMM_WORLD,
                     MPI_STATUS_IGNORE);
        if (!wrong)
            MPI_Waitall(2, requests, MPI_STATUSES_IGNORE);
    }
    MPI_Finalize();
    return 0;
}
