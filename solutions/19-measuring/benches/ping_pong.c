/* The ping-pong of the benchmark in C: the same calls as in ping_pong.rs, the same sizes, the same batches. */

#include <mpi.h>
#include <stdio.h>
#include <stdlib.h>

int main(int argc, char **argv) {
    int rank;
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    for (int place = 1; place + 2 < argc; place += 3) {
        int bytes = atoi(argv[place]), trips = atoi(argv[place + 1]), batches = atoi(argv[place + 2]);
        char *buffer = calloc(bytes + 1, 1);
        double best = 1e300;
        /* The first batch warms up. */
        for (int batch = 0; batch <= batches; batch++) {
            MPI_Barrier(MPI_COMM_WORLD);
            double start = MPI_Wtime();
            for (int trip = 0; trip < trips; trip++) {
                if (rank == 0) {
                    MPI_Send(buffer, bytes, MPI_UINT8_T, 1, 0, MPI_COMM_WORLD);
                    MPI_Recv(buffer, bytes, MPI_UINT8_T, 1, MPI_ANY_TAG, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
                } else {
                    MPI_Recv(buffer, bytes, MPI_UINT8_T, 0, MPI_ANY_TAG, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
                    MPI_Send(buffer, bytes, MPI_UINT8_T, 0, 0, MPI_COMM_WORLD);
                }
            }
            double seconds = (MPI_Wtime() - start) / (2.0 * trips);
            if (batch > 0 && seconds < best) {
                best = seconds;
            }
        }
        if (rank == 0) {
            printf("%.17g\n", best);
        }
        free(buffer);
    }
    MPI_Finalize();
    return 0;
}
