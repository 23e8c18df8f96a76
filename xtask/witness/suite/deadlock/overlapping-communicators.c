// about: each rank shares a communicator with either neighbour and starts with the one shared with its successor
// verdict: deadlock
// ranks: 2 3 4 8
// lines: 30 MPI_Allreduce

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
    MPI_Group all, pair;
    MPI_Comm with_left, with_right;
    MPI_Comm_group(MPI_COMM_WORLD, &all);
    for (int i = 0; i < size; i++) {
        int both[2] = {i, (i + 1) % size};
        if (rank != both[0] && rank != both[1])
            continue;
        MPI_Group_incl(all, 2, both, &pair);
        MPI_Comm_create_group(MPI_COMM_WORLD, pair, i, rank == i ? &with_right : &with_left);
        MPI_Group_free(&pair);
    }
    int turned = !wrong && rank == 0;
    int one = 1, two = 0;
    MPI_Allreduce(&one, &two, 1, MPI_INT, MPI_SUM, turned ? with_left : with_right);
    MPI_Allreduce(&one, &two, 1, MPI_INT, MPI_SUM, turned ? with_right : with_left);
    MPI_Group_free(&all);
    MPI_Comm_free(&with_left);
    MPI_Comm_free(&with_right);
    MPI_Finalize();
    return 0;
}
