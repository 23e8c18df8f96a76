/* Sorting by the C library. */

#include "peers.h"
#include <stdint.h>
#include <string.h>

enum { KEYS = 1 << 21 };
static int64_t drawn[KEYS], keys[KEYS];

static int compare(const void *one, const void *other) {
    int64_t a = *(const int64_t *)one, b = *(const int64_t *)other;
    return (a > b) - (a < b);
}

static double sort(void) {
    memcpy(keys, drawn, sizeof keys);
    qsort(keys, KEYS, sizeof *keys, compare);
    double sum = 0;
    for (int place = 0; place < 64; place++) {
        sum += place * (double)keys[place * (KEYS / 64)];
    }
    return sum;
}

int main(void) {
    uint64_t key = 17;
    for (int place = 0; place < KEYS; place++) {
        drawn[place] = (int64_t)key;
        key = key * 6364136223846793005u + 1442695040888963407u;
    }
    const struct offer offers[] = {{"sort (qsort)", sort}};
    return serve(offers, 1);
}
