/* What the tests run: the first argument names the program. Wrong on purpose where it says so. */
#include <mpi.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int rank, size;
#define W MPI_COMM_WORLD
#define IS(name) (strcmp(program, name) == 0)

static void everything(void) {
    int next = (rank + 1) % size, before = (rank + size - 1) % size, x = rank, y = 0, flag = 0;
    MPI_Comm same, half;
    MPI_Status status;
    MPI_Comm_dup(W, &same);
    MPI_Comm_split(same, rank % 2, -rank, &half);
    if (rank == 0) MPI_Send(&x, 1, MPI_INT, 1, 7, same);
    if (rank == 1) MPI_Recv(&y, 1, MPI_INT, MPI_ANY_SOURCE, MPI_ANY_TAG, same, MPI_STATUS_IGNORE);
    MPI_Request requests[5];
    int in[3], out[2] = {1, 2};
    for (int i = 0; i < 2; i++) MPI_Irecv(in + i, 1, MPI_INT, before, i, W, requests + i);
    for (int i = 0; i < 2; i++) MPI_Isend(out + i, 1, MPI_INT, next, i, W, requests + 2 + i);
    requests[4] = MPI_REQUEST_NULL;
    MPI_Waitall(5, requests, MPI_STATUSES_IGNORE);
    MPI_Datatype vector;
    double from[16] = {0}, to[16];
    MPI_Type_vector(3, 2, 4, MPI_DOUBLE, &vector);
    MPI_Type_commit(&vector);
    MPI_Sendrecv(from, 1, vector, next, 3, to, 16, MPI_DOUBLE, before, 3, W, MPI_STATUS_IGNORE);
    MPI_Type_free(&vector);
    MPI_Bcast(&x, 1, MPI_INT, 0, W);
    MPI_Allreduce(&x, &y, 1, MPI_INT, MPI_SUM, half);
    if (rank == 1) {
        usleep(50000);
        MPI_Send(&x, 1, MPI_INT, 0, 9, W);
    }
    if (rank == 0) {
        MPI_Message message;
        while (!flag) MPI_Iprobe(1, 9, W, &flag, &status);
        MPI_Mprobe(1, 9, W, &message, &status);
        MPI_Mrecv(&x, 1, MPI_INT, &message, MPI_STATUS_IGNORE);
    }
    MPI_Request persistent;
    if (rank == 0) MPI_Send_init(&x, 1, MPI_INT, 1, 4, W, &persistent);
    else MPI_Recv_init(&x, 1, MPI_INT, rank == 1 ? 0 : MPI_PROC_NULL, 4, W, &persistent);
    for (int i = 0; i < 2; i++) {
        MPI_Start(&persistent);
        MPI_Wait(&persistent, MPI_STATUS_IGNORE);
    }
    MPI_Request_free(&persistent);
    int counts[8], places[8], all[8];
    for (int i = 0; i < size; i++) { counts[i] = 1; places[i] = i; }
    MPI_Allgatherv(&x, 1, MPI_INT, all, counts, places, MPI_INT, W);
    MPI_Request barrier;
    MPI_Ibarrier(W, &barrier);
    MPI_Wait(&barrier, &status);
    MPI_Comm_free(&half);
    MPI_Comm_free(&same);
}

static void communicators(void) {
    MPI_Comm made[12];
    MPI_Group world, some;
    MPI_Request request;
    int dims[1] = {size}, periods[1] = {1}, remain[1] = {1}, first[2] = {0, 1}, x = 0;
    MPI_Comm_dup(W, made);
    MPI_Comm_dup(W, made + 1);
    MPI_Comm_split(made[0], rank % 2, rank, made + 2);
    MPI_Cart_create(W, 1, dims, periods, 0, made + 3);
    MPI_Cart_sub(made[3], remain, made + 4);
    MPI_Comm_group(W, &world);
    MPI_Group_incl(world, 2, first, &some);
    MPI_Comm_create(W, some, made + 5);
    made[6] = MPI_COMM_NULL;
    if (rank < 2) MPI_Comm_create_group(W, some, 5, made + 6);
    MPI_Comm_idup(W, made + 7, &request);
    MPI_Wait(&request, MPI_STATUS_IGNORE);
    MPI_Barrier(made[7]);
    MPI_Intercomm_create(made[2], 0, W, rank % 2 ? 0 : 1, 11, made + 8);
    MPI_Intercomm_merge(made[8], rank % 2, made + 9);
    MPI_Allreduce(MPI_IN_PLACE, &x, 1, MPI_INT, MPI_MAX, made[9]);
    MPI_Group_free(&some);
    MPI_Group_free(&world);
    for (int i = 9; i >= 0; i--) if (made[i] != MPI_COMM_NULL) MPI_Comm_free(made + i);
}

static void neighbours(void) {
    MPI_Comm grid, same, graph, far;
    MPI_Request request;
    int dims[2] = {size, 1}, periods[2] = {0, 1}, index[3] = {1, 3, 4}, edges[4] = {1, 0, 2, 1};
    int next = (rank + 1) % size, before = (rank + size - 1) % size, give[4] = {0}, take[4];
    int sends[1] = {3}, receives[1] = {3}, places[1] = {0};
    MPI_Cart_create(W, 2, dims, periods, 0, &grid);
    MPI_Comm_idup(grid, &same, &request);
    MPI_Wait(&request, MPI_STATUS_IGNORE);
    MPI_Neighbor_alltoall(give, 1, MPI_INT, take, 1, MPI_INT, same);
    MPI_Graph_create(W, 3, index, edges, 0, &graph);
    MPI_Neighbor_allgather(give, 1, MPI_INT, take, 1, MPI_INT, graph);
    MPI_Dist_graph_create_adjacent(W, 1, &before, MPI_UNWEIGHTED, 1, &next, MPI_UNWEIGHTED, MPI_INFO_NULL, 0, &far);
    MPI_Neighbor_alltoallv(give, sends, places, MPI_INT, take, receives, places, MPI_INT, far);
    MPI_Comm_free(&far);
    MPI_Comm_free(&graph);
    MPI_Comm_free(&same);
    MPI_Comm_free(&grid);
}

static void eager(void) {
    /* Requests that are complete at once may have the same handle. */
    int x[4] = {0, 1, 2, 3};
    MPI_Request requests[4];
    if (rank == 0) {
        for (int i = 0; i < 4; i++) MPI_Isend(x + i, 1, MPI_INT, 1, i, W, requests + i);
        /* Before the first wait: after it, the request that is complete might be that of this buffer. */
        x[1] = 17;
        MPI_Wait(requests, MPI_STATUS_IGNORE);
        MPI_Waitall(3, requests + 1, MPI_STATUSES_IGNORE);
    } else if (rank == 1) {
        usleep(20000);
        for (int i = 0; i < 4; i++) MPI_Recv(x + i, 1, MPI_INT, 0, i, W, MPI_STATUS_IGNORE);
    }
}

static void __attribute__((noinline)) inner(int *x) { MPI_Send(x, 1, MPI_INT, MPI_PROC_NULL, 0, W); }

static void __attribute__((noinline)) places(void) {
    int x = 0;
    volatile int times = 3; /* or the compiler writes the loop's body three times */
    for (int i = 0; i < times; i++) {
        inner(&x);
        inner(&x);
    }
}

static void *one_thread(void *argument) {
    int number = (int)(long)argument, x;
    for (int i = 0; i < 300; i++) {
        if (rank == 0) {
            MPI_Send(&i, 1, MPI_INT, 1, number, W);
            MPI_Recv(&x, 1, MPI_INT, 1, number, W, MPI_STATUS_IGNORE);
        } else {
            MPI_Recv(&x, 1, MPI_INT, 0, number, W, MPI_STATUS_IGNORE);
            MPI_Send(&i, 1, MPI_INT, 0, number, W);
        }
    }
    return NULL;
}

static void threads(void) {
    pthread_t all[4];
    for (long i = 0; i < 4; i++) pthread_create(all + i, NULL, one_thread, (void *)i);
    for (int i = 0; i < 4; i++) pthread_join(all[i], NULL);
}

static void forever(void) {
    int x = 0;
    MPI_Request requests[2];
    for (;;) {
        MPI_Isend(&x, 1, MPI_INT, 1 - rank, 0, W, requests);
        int y;
        MPI_Irecv(&y, 1, MPI_INT, 1 - rank, 0, W, requests + 1);
        MPI_Waitall(2, requests, MPI_STATUSES_IGNORE);
        MPI_Allreduce(&x, &y, 1, MPI_INT, MPI_SUM, W);
    }
}

static void wrong(const char *program) {
    int x[4] = {0}, counts[8] = {0};
    MPI_Request request = MPI_REQUEST_NULL;
    MPI_Datatype pair;
    MPI_Comm none = MPI_COMM_NULL;
    if (IS("destination") && rank == 0) MPI_Send(x, 1, MPI_INT, size, 0, W);
    if (IS("source") && rank == 0) MPI_Recv(x, 1, MPI_INT, -77, 0, W, MPI_STATUS_IGNORE);
    if (IS("tag") && rank == 0) MPI_Send(x, 1, MPI_INT, 1, -5, W);
    if (IS("count") && rank == 0) MPI_Isend(x, -3, MPI_INT, 1, 0, W, &request);
    if (IS("root")) MPI_Bcast(x, 1, MPI_INT, size + 1, W);
    if (IS("communicator") && rank == 0) MPI_Send(x, 1, MPI_INT, 1, 0, none);
    if (IS("datatype") && rank == 0) MPI_Send(x, 1, MPI_DATATYPE_NULL, 1, 0, W);
    if (IS("uncommitted") && rank == 0) {
        MPI_Type_contiguous(2, MPI_INT, &pair);
        MPI_Send(x, 1, pair, 1, 0, W);
    }
    if (IS("operation")) MPI_Allreduce(x, x + 2, 1, MPI_INT, MPI_OP_NULL, W);
    if (IS("request") && rank == 0) MPI_Start(&request);
    if (IS("differ-function")) { if (rank) { usleep(50000); MPI_Barrier(W); } else MPI_Bcast(x, 1, MPI_INT, 0, W); }
    if (IS("differ-form")) { if (rank) { usleep(50000); MPI_Ibarrier(W, &request); } else MPI_Barrier(W); }
    if (IS("differ-root")) { if (rank) usleep(50000); MPI_Reduce(x, x + 2, 1, MPI_INT, MPI_SUM, rank, W); }
    if (IS("differ-operation")) { if (rank) usleep(50000); MPI_Allreduce(x, x + 2, 1, MPI_INT, rank ? MPI_MAX : MPI_SUM, W); }
    if (IS("differ-amount")) { if (rank) usleep(50000); MPI_Bcast(x, 1 + rank, MPI_INT, 0, W); }
    if (IS("differ-datatype")) { if (rank) usleep(50000); MPI_Bcast(x, 1, rank ? MPI_FLOAT : MPI_INT, 0, W); }
    if (IS("after")) { MPI_Finalize(); MPI_Barrier(W); }
    if (IS("ask-after")) { MPI_Finalize(); MPI_Comm_size(W, counts); }
    if (IS("twice")) MPI_Init(NULL, NULL);
    for (int i = 0; i < 50; i++) usleep(100000);
}

/* What looks different and is allowed. */
static void agree(void) {
    int x[8] = {0}, y[8], counts[8], places[8];
    MPI_Datatype pair;
    MPI_Type_contiguous(2, MPI_INT, &pair);
    MPI_Type_commit(&pair);
    for (int i = 0; i < 3; i++) {
        if (rank == 0) MPI_Bcast(x, 2, MPI_INT, 0, W); else MPI_Bcast(x, 1, pair, 0, W);
        if (rank == 0) MPI_Gather(x, 2, MPI_INT, y, 1, pair, 0, W);
        else MPI_Gather(x, 1, pair, NULL, -1, MPI_DATATYPE_NULL, 0, W);
        if (rank == 0) MPI_Scatter(x, 2, MPI_INT, MPI_IN_PLACE, 0, MPI_DATATYPE_NULL, 0, W);
        else MPI_Scatter(NULL, 0, MPI_DATATYPE_NULL, y, 1, pair, 0, W);
        if (rank == 0) MPI_Reduce(MPI_IN_PLACE, x, 2, MPI_INT, MPI_SUM, 0, W);
        else MPI_Reduce(x, NULL, 2, MPI_INT, MPI_SUM, 0, W);
        MPI_Allgather(MPI_IN_PLACE, 0, MPI_DATATYPE_NULL, y, 1, MPI_INT, W);
        for (int k = 0; k < size; k++) { counts[k] = k; places[k] = 0; }
        MPI_Gatherv(x, rank, MPI_INT, y, counts, places, MPI_INT, 0, W);
    }
    MPI_Type_free(&pair);
}

int main(int count, char **arguments) {
    const char *program = count > 1 ? arguments[1] : "";
    if (IS("before")) MPI_Barrier(W);
    if (IS("ask-before")) MPI_Comm_rank(W, &rank);
    if (IS("threads")) {
        int level;
        MPI_Init_thread(&count, &arguments, MPI_THREAD_MULTIPLE, &level);
        if (level != MPI_THREAD_MULTIPLE) return 7;
    } else {
        MPI_Init(&count, &arguments);
    }
    MPI_Comm_rank(W, &rank);
    MPI_Comm_size(W, &size);
    if (IS("everything")) everything();
    else if (IS("communicators")) communicators();
    else if (IS("neighbours")) neighbours();
    else if (IS("eager")) eager();
    else if (IS("places")) places();
    else if (IS("threads")) threads();
    else if (IS("forever")) forever();
    else if (IS("agree")) agree();
    else if (IS("nulls")) for (int i = 0; i < 200000; i++) MPI_Send(&i, 1, MPI_INT, MPI_PROC_NULL, 0, W);
    else wrong(program);
    MPI_Finalize();
    return 0;
}
