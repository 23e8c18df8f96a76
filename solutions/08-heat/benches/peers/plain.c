/* A step of the heat equation by a plain loop. */

/* The order of the operations is given, and with it every bit: a product and a sum may not become one operation,
   which rounds once instead of twice. */
#ifdef __clang__
#pragma clang fp contract(off)
#else
#pragma GCC optimize("fp-contract=off")
#endif

#include "peers.h"

enum { SIDE = 2048 };
static double *cells, *new_cells;

static double step(void) {
    const double *restrict old = cells;
    double *restrict new = new_cells;
    for (long row = 1; row < SIDE - 1; row++) {
        for (long at = row * SIDE + 1; at < (row + 1) * SIDE - 1; at++) {
            new[at] = old[at] + 0.2 * (old[at - SIDE] + old[at - 1] + old[at + 1] + old[at + SIDE] - 4.0 * old[at]);
        }
    }
    new_cells = cells;
    cells = new;
    double sum = 0;
    for (long column = 0; column < SIDE; column++) {
        sum += cells[SIDE / 2 * SIDE + column];
    }
    return sum;
}

int main(void) {
    cells = malloc(sizeof *cells * SIDE * SIDE);
    new_cells = malloc(sizeof *cells * SIDE * SIDE);
    if (!cells || !new_cells) {
        return 1;
    }
    for (long at = 0; at < (long)SIDE * SIDE; at++) {
        cells[at] = new_cells[at] = at % 97;
    }
    const struct offer offers[] = {{"step (plain loop)", step}};
    return serve(offers, 1);
}
