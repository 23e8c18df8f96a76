// about: an accumulate goes to memory that its target attaches to a dynamic window after the next fence
// verdict: invalid-argument
// ranks: 2 3 4
// lines: 31 MPI_Accumulate

#include <mpi.h>
#include <string.h>

int main(int argc, char **argv)
{
    int wrong = argc > 1 && strcmp(argv[1], "wrong") == 0;
    int rank, size;
    MPI_Init(&argc, &argv);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    static long sum;
    MPI_Aint at;
    MPI_Win window;
    MPI_Win_create_dynamic(MPI_INFO_NULL, MPI_COMM_WORLD, &window);
    MPI_Get_address(&sum, &at);
    MPI_Bcast(&at, 1, MPI_AINT, 0, MPI_COMM_WORLD);
    MPI_Win_fence(0, window);
    long one = 1;
    if (rank == 0 && !wrong) {
        MPI_Win_attach(window, &sum, sizeof sum);
        MPI_Send(&one, 1, MPI_LONG, 1, 0, MPI_COMM_WORLD);
    } else if (rank == 1 && !wrong) {
        MPI_Recv(&one, 1, MPI_LONG, 0, 0, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
    }
    if (rank == 1)
        MPI_Accumulate(&one, 1, MPI_LONG, 0, at, 1, MPI_LONG, MPI_SUM, window);
    MPI_Win_fence(0, window);
    if (rank == 0 && wrong)
        MPI_Win_attach(window, &sum, sizeof sum);
    MPI_Barrier(MPI_COMM_WORLD);
    if (rank == 0)
        MPI_Win_detach(window, &sum);
    MPI_Win_free(&window);
    MPI_Finalize();
    return 0;
}
