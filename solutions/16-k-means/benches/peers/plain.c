/* Rounds of k-means by plain loops. */

#include "peers.h"
#include <math.h>

enum { POINTS = 1 << 18, CLUSTERS = 16, ROUNDS = 5 };
/* The reference is told only when it runs how many there are: it has no loops made for just this number. */
static volatile int told = CLUSTERS;

static double (*points)[2];
static int *nearest;

static double spread(long index, double by) {
    double whole;
    return modf(index * by, &whole);
}

static double rounds(void) {
    const int clusters = told;
    double centers[CLUSTERS][2];
    for (int center = 0; center < clusters; center++) {
        centers[center][0] = spread(center + 1, 0.56984);
        centers[center][1] = spread(center + 1, 0.43838);
    }
    for (int round = 0; round < ROUNDS; round++) {
        for (long point = 0; point < POINTS; point++) {
            double least = INFINITY;
            for (int center = 0; center < clusters; center++) {
                double dx = points[point][0] - centers[center][0], dy = points[point][1] - centers[center][1];
                double distance = dx * dx + dy * dy;
                if (distance < least) {
                    least = distance;
                    nearest[point] = center;
                }
            }
        }
        double sums[CLUSTERS][3] = {{0}};
        for (long point = 0; point < POINTS; point++) {
            double *sum = sums[nearest[point]];
            sum[0] += points[point][0];
            sum[1] += points[point][1];
            sum[2] += 1;
        }
        for (int center = 0; center < clusters; center++) {
            if (sums[center][2] > 0) {
                centers[center][0] = sums[center][0] / sums[center][2];
                centers[center][1] = sums[center][1] / sums[center][2];
            }
        }
    }
    double sum = 0;
    for (int center = 0; center < clusters; center++) {
        sum += (center + 1) * (centers[center][0] + 2 * centers[center][1]);
    }
    return sum;
}

int main(void) {
    points = malloc(sizeof *points * POINTS);
    nearest = malloc(sizeof *nearest * POINTS);
    if (!points || !nearest) {
        return 1;
    }
    for (long point = 0; point < POINTS; point++) {
        points[point][0] = spread(point, 0.618034);
        points[point][1] = spread(point, 0.754878);
    }
    const struct offer offers[] = {{"rounds (plain loops)", rounds}};
    return serve(offers, 1);
}
