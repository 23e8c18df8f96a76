// about: the rank is asked for before MPI is initialized; the version and whether it is may be asked
// verdict: missing-finalize
// ranks: 2 3 4 8
// lines: 16 MPI_Comm_rank

#include <mpi.h>
#include <string.h>

int main(int argc, char **argv)
{
    int wrong = argc > 1 && strcmp(argv[1], "wrong") == 0;
    int rank = -1, initialized, version, subversion;
    MPI_Initialized(&initialized);
    MPI_Get_version(&version, &subversion);
    if (wrong)
        MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Finalize();
    return 0;
}
