// about: a copy of the handle of a file is written to after the file was closed
// verdict: invalid-argument
// ranks: 2 3 4
// lines: 22 MPI_File_write_at

#include <mpi.h>
#include <string.h>

int main(int argc, char **argv)
{
    int wrong = argc > 1 && strcmp(argv[1], "wrong") == 0;
    int rank, size;
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    MPI_File file, copy;
    char name[] = "closed-file.tmp";
    MPI_File_open(MPI_COMM_WORLD, name, MPI_MODE_CREATE | MPI_MODE_WRONLY | MPI_MODE_DELETE_ON_CLOSE, MPI_INFO_NULL, &file);
    copy = file;
    if (wrong)
        MPI_File_close(&file);
    MPI_File_write_at(copy, rank * sizeof rank, &rank, 1, MPI_INT, MPI_STATUS_IGNORE);
    if (!wrong)
        MPI_File_close(&file);
    MPI_Finalize();
    return 0;
}
