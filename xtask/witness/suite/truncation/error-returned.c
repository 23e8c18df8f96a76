// about: rank 0 asks for errors to be returned and looks at none, and a message is longer than its buffer
// verdict: truncation
// ranks: 2 3 4
// lines: 20 MPI_Recv
// notes: yes

#include <mpi.h>
#include <string.h>

int main(int argc, char **argv)
{
    int wrong = argc > 1 && strcmp(argv[1], "wrong") == 0;
    int rank, size, numbers[8] = {0};
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    MPI_Comm_set_errhandler(MPI_COMM_WORLD, MPI_ERRORS_RETURN);
    if (rank == 0)
        for (int other = 1; other < size; other++)
            MPI_Recv(numbers, wrong ? 5 : 8, MPI_INT, other, 0, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
    else
        MPI_Send(numbers, 6, MPI_INT, 0, 0, MPI_COMM_WORLD);
    MPI_Finalize();
    return 0;
}
