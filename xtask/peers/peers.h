/* What a peer in C has beside its work: see src/lib.rs. */

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

struct offer {
    const char *name;
    double (*work)(void);
};

static double seconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec + 1e-9 * now.tv_nsec;
}

/* Does what the lines on standard input ask for, up to their end. */
static int serve(const struct offer *offers, int count) {
    char line[32];
    while (fgets(line, sizeof line, stdin)) {
        if (line[0] == '\n') {
            for (int at = 0; at < count; at++) {
                printf("%s%c", offers[at].name, at + 1 < count ? '\t' : '\n');
            }
        } else {
            int at = atoi(line);
            if (at < 0 || at >= count) {
                return 1;
            }
            double start = seconds();
            double result = offers[at].work();
            printf("%.17g %.17g\n", seconds() - start, result);
        }
        fflush(stdout);
    }
    return 0;
}
