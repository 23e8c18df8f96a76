// about: a get reaches one element beyond the memory that its target has attached to a dynamic window
// verdict: invalid-argument
// ranks: 2 3 4
// lines: 29 MPI_Get

#include <mpi.h>
#include <string.h>

int main(int argc, char **argv)
{
    int wrong = argc > 1 && strcmp(argv[1], "wrong") == 0;
    int rank, size;
    MPI_Init(&argc, &argv);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    static int memory[64];
    int in[32];
    MPI_Aint at;
    MPI_Win window;
    MPI_Win_create_dynamic(MPI_INFO_NULL, MPI_COMM_WORLD, &window);
    MPI_Win_fence(0, window);
    // It is attached in two parts, one of them only now.
    MPI_Win_attach(window, memory, 16 * sizeof *memory);
    MPI_Win_attach(window, memory + 16, 16 * sizeof *memory);
    MPI_Get_address(memory, &at);
    int from = (rank + size - 1) % size, to = (rank + 1) % size;
    MPI_Sendrecv_replace(&at, 1, MPI_AINT, to, 0, from, 0, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
    MPI_Aint there = MPI_Aint_add(at, 16 * sizeof *memory);
    MPI_Get(in, 16, MPI_INT, from, MPI_Aint_add(there, wrong ? sizeof *memory : 0), 16, MPI_INT, window);
    MPI_Win_fence(0, window);
    MPI_Win_detach(window, memory);
    MPI_Win_detach(window, memory + 16);
    MPI_Win_free(&window);
    MPI_Finalize();
    return 0;
}
