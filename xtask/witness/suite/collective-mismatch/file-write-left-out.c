// about: rank 0 alone calls a collective write to a file that all have opened
// verdict: collective-mismatch
// ranks: 2 3 4 8
// lines: 29 MPI_File_write_all, 30 MPI_File_sync

#include <mpi.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    int wrong = argc > 1 && strcmp(argv[1], "wrong") == 0;
    int rank, size;
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    char name[64];
    int pid = (int)getpid(), mine[4] = {rank, rank, rank, rank}, seen[4] = {0};
    MPI_Bcast(&pid, 1, MPI_INT, 0, MPI_COMM_WORLD);
    snprintf(name, sizeof name, "witness-suite-%d", pid);
    MPI_File file;
    MPI_Request request;
    MPI_File_open(MPI_COMM_WORLD, name, MPI_MODE_CREATE | MPI_MODE_RDWR | MPI_MODE_DELETE_ON_CLOSE,
                  MPI_INFO_NULL, &file);
    MPI_File_set_size(file, 0);
    MPI_File_set_view(file, rank * sizeof mine, MPI_INT, MPI_INT, "native", MPI_INFO_NULL);
    if (rank == 0 || !wrong)
        MPI_File_write_all(file, mine, 4, MPI_INT, MPI_STATUS_IGNORE);
    MPI_File_sync(file);
    MPI_File_read_at_all_begin(file, 0, seen, 4, MPI_INT);
    MPI_File_read_at_all_end(file, seen, MPI_STATUS_IGNORE);
    MPI_File_iwrite_at_all(file, 0, mine, 4, MPI_INT, &request);
    MPI_Wait(&request, MPI_STATUS_IGNORE);
    MPI_File_close(&file);
    MPI_Finalize();
    return 0;
}
