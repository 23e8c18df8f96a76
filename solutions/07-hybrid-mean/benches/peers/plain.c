/* The mean of a matrix by sums that wait for nothing but memory, on one core and on all. */

#include "peers.h"
#include <pthread.h>
#include <unistd.h>

enum { SIDE = 4096, LANES = 64, MOST = 256 };
static const long NUMBERS = (long)SIDE * SIDE;
static double *numbers;

struct part {
    long begin, end;
    double sum;
};

/* As many sums side by side as keep the adders busy: what remains is the memory's time. */
static void *add(void *argument) {
    struct part *part = argument;
    double sums[LANES] = {0};
    for (long at = part->begin; at < part->end; at += LANES) {
        for (int lane = 0; lane < LANES; lane++) {
            sums[lane] += numbers[at + lane];
        }
    }
    part->sum = 0;
    for (int lane = 0; lane < LANES; lane++) {
        part->sum += sums[lane];
    }
    return NULL;
}

static double mean(void) {
    struct part all = {0, NUMBERS, 0};
    add(&all);
    return all.sum / NUMBERS;
}

static double mean_by_all(void) {
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    cores = cores > MOST ? MOST : cores;
    struct part parts[MOST];
    pthread_t threads[MOST];
    for (long core = 0; core < cores; core++) {
        parts[core].begin = SIDE * core / cores * SIDE;
        parts[core].end = SIDE * (core + 1) / cores * SIDE;
        if (pthread_create(&threads[core], NULL, add, &parts[core])) {
            exit(1);
        }
    }
    double sum = 0;
    for (long core = 0; core < cores; core++) {
        pthread_join(threads[core], NULL);
        sum += parts[core].sum;
    }
    return sum / NUMBERS;
}

int main(void) {
    numbers = aligned_alloc(64, NUMBERS * sizeof *numbers);
    if (!numbers) {
        return 1;
    }
    for (long at = 0; at < NUMBERS; at++) {
        numbers[at] = at % 1000 / 7.0;
    }
    const struct offer offers[] = {
        {"mean (memory limit)", mean},
        {"mean, all cores (memory limit)", mean_by_all},
    };
    return serve(offers, 2);
}
