// about: in a gather by hand the root, too, sends to the root before it receives
// verdict: unsafe-send
// ranks: 2 3 4 8
// lines: 19 MPI_Send
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
    int part = rank * rank, parts[64] = {0};
    if (wrong || rank > 0)
        MPI_Send(&part, 1, MPI_INT, 0, 0, MPI_COMM_WORLD);
    else
        parts[0] = part;
    for (int from = wrong ? 0 : 1; rank == 0 && from < size; from++)
        MPI_Recv(&parts[from], 1, MPI_INT, from, 0, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
    MPI_Finalize();
    return 0;
}
