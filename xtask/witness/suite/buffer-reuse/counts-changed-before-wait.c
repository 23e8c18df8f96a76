// about: the counts of a gather are computed anew for the next one before the first is complete
// verdict: buffer-reuse
// ranks: 2 3 4
// lines: 25 MPI_Igatherv, 29 MPI_Wait
// findings: 1

#include <mpi.h>
#include <string.h>

int main(int argc, char **argv)
{
    int wrong = argc > 1 && strcmp(argv[1], "wrong") == 0;
    int rank, size, counts[16] = {0}, places[16] = {0}, out[4], in[64];
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    for (int round = 1; round < 3; round++) {
        MPI_Request request;
        for (int other = 0; other < size; other++) {
            counts[other] = round;
            places[other] = other * round;
        }
        memset(out, 0, sizeof out);
        // Where nothing is gathered they count for nothing, and behind the last rank neither.
        MPI_Igatherv(out, round, MPI_INT, in, counts, places, MPI_INT, 0, MPI_COMM_WORLD, &request);
        counts[size] = -1;
        if (wrong || rank != 0)
            counts[size - 1] = 0;
        MPI_Wait(&request, MPI_STATUS_IGNORE);
        counts[0] = 0;
    }
    MPI_Finalize();
    return 0;
}
