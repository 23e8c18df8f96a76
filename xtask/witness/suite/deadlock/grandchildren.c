// about: each rank starts a process that starts one too, and that one waits for a message with another tag
// verdict: deadlock
// ranks: 1 2
// lines: 27 MPI_Recv, 33 MPI_Recv
// spawns: yes

#include <mpi.h>
#include <string.h>

int main(int argc, char **argv)
{
    int wrong = argc > 1 && strcmp(argv[1], "wrong") == 0;
    int generation = argc > 2 ? argv[2][0] - '0' : 0;
    int word = 3;
    MPI_Comm parent, child;
    MPI_Init(&argc, &argv);
    MPI_Comm_get_parent(&parent);
    if (generation < 2) {
        char *arguments[] = {wrong ? "wrong" : "right", generation == 0 ? "1" : "2", NULL};
        /* The second one only shows that the first is told from it. */
        for (int nth = 0; nth < 2; nth++) {
            MPI_Comm_spawn(argv[0], arguments, 1, MPI_INFO_NULL, 0, MPI_COMM_SELF, &child, MPI_ERRCODES_IGNORE);
            int tag = wrong && generation == 1 && nth == 1 ? 7 : nth;
            MPI_Send(&tag, 1, MPI_INT, 0, 9, child);
            MPI_Send(&word, 1, MPI_INT, 0, nth, child);
            /* The child answers once it has had the message with the tag that it was told. */
            MPI_Recv(&word, 1, MPI_INT, 0, 0, child, MPI_STATUS_IGNORE);
            MPI_Comm_disconnect(&child);
        }
    }
    if (parent != MPI_COMM_NULL) {
        MPI_Recv(&generation, 1, MPI_INT, 0, 9, parent, MPI_STATUS_IGNORE);
        MPI_Recv(&word, 1, MPI_INT, 0, generation, parent, MPI_STATUS_IGNORE);
        MPI_Send(&word, 1, MPI_INT, 0, 0, parent);
        MPI_Comm_disconnect(&parent);
    }
    MPI_Finalize();
    return 0;
}
