// about: the places of the blocks are one number apart, though most blocks are longer
// verdict: buffer-reuse
// ranks: 3 4 8
// lines: 25 MPI_Allgatherv
// findings: 1

#include <mpi.h>
#include <stdlib.h>
#include <string.h>

int main(int argc, char **argv)
{
    int wrong = argc > 1 && strcmp(argv[1], "wrong") == 0;
    int rank, size;
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    int counts[64], places[64], total = 0, own[3] = {rank, rank, rank};
    for (int other = 0; other < size; other++) {
        counts[other] = 1 + other % 3;
        places[other] = wrong ? other : total;
        total += counts[other];
    }
    int *all = calloc(total, sizeof *all);
    MPI_Allgatherv(own, counts[rank], MPI_INT, all, counts, places, MPI_INT, MPI_COMM_WORLD);
    free(all);
    MPI_Finalize();
    return 0;
}
