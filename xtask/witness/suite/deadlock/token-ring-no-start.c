// about: a token travels round the ring, and no rank brings it into the world
// verdict: deadlock
// ranks: 2 3 4 8
// lines: 20 MPI_Recv

#include <mpi.h>
#include <string.h>

int main(int argc, char **argv)
{
    int wrong = argc > 1 && strcmp(argv[1], "wrong") == 0;
    int rank, size;
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    int laps = 3, token = 0, begins = rank == 0 && !wrong;
    for (int lap = 0; lap < laps; lap++) {
        if (begins)
            MPI_Ssend(&token, 1, MPI_INT, (rank + 1) % size, lap, MPI_COMM_WORLD);
        MPI_Recv(&token, 1, MPI_INT, (rank + size - 1) % size, lap, MPI_COMM_WORLD,
                 MPI_STATUS_IGNORE);
        token++;
        if (!begins)
            MPI_Ssend(&token, 1, MPI_INT, (rank + 1) % size, lap, MPI_COMM_WORLD);
    }
    MPI_Finalize();
    return 0;
}
