// about: MPI refuses a get outside of an epoch, and its launcher is too busy to end the others
// verdict: epoch
// ranks: 2 3 4
// lines: 24 MPI_Win_fence, 29 MPI_Get
// mpi: mpich

#include <mpi.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    int wrong = argc > 1 && strcmp(argv[1], "wrong") == 0;
    int rank, size;
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    int memory[8] = {0}, value = rank + 1;
    MPI_Win window;
    MPI_Win_create(memory, sizeof memory, sizeof *memory, MPI_INFO_NULL, MPI_COMM_WORLD, &window);
    MPI_Win_fence(MPI_MODE_NOPRECEDE, window);
    MPI_Put(&value, 1, MPI_INT, (rank + 1) % size, 0, 1, MPI_INT, window);
    MPI_Win_fence(wrong ? MPI_MODE_NOSUCCEED : 0, window);
    if (rank == 0) {
        // MPI ends the rank in the call. The witness's own end is the only one that the others get.
        if (wrong)
            kill(getppid(), SIGSTOP);
        MPI_Get(&value, 1, MPI_INT, size - 1, 0, 1, MPI_INT, window);
    }
    MPI_Win_fence(wrong ? 0 : MPI_MODE_NOSUCCEED, window);
    MPI_Win_free(&window);
    MPI_Finalize();
    return 0;
}
