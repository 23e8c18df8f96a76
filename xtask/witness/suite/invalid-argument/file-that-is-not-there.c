// about: a file that could not be opened is read: nobody has looked at the error
// verdict: invalid-argument
// ranks: 2 3 4
// lines: 20 MPI_File_read_at

#include <mpi.h>
#include <string.h>

int main(int argc, char **argv)
{
    int wrong = argc > 1 && strcmp(argv[1], "wrong") == 0;
    int rank, size;
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    MPI_File file;
    int code = MPI_File_open(MPI_COMM_WORLD, "not-there.tmp", MPI_MODE_RDONLY, MPI_INFO_NULL, &file);
    int x;
    if (wrong || code == MPI_SUCCESS)
        MPI_File_read_at(file, 0, &x, 1, MPI_INT, MPI_STATUS_IGNORE);
    MPI_Finalize();
    return 0;
}
