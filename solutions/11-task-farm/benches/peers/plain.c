/* The picture of the Julia set by a plain loop. */

#include "peers.h"

enum { WIDTH = 1280, HEIGHT = 960, LIMIT = 255 };

static double picture(void) {
    long sum = 0;
    double pixel = 3.2 / WIDTH;
    for (int row = 0; row < HEIGHT; row++) {
        for (int column = 0; column < WIDTH; column++) {
            double x = (column + 0.5 - 0.5 * WIDTH) * pixel, y = -(row + 0.5 - 0.5 * HEIGHT) * pixel;
            int steps = 0;
            while (steps < LIMIT && x * x + y * y <= 4.0) {
                double next = x * x - y * y - 0.8;
                y = 2.0 * x * y + 0.156;
                x = next;
                steps++;
            }
            sum += steps;
        }
    }
    return sum;
}

int main(void) {
    const struct offer offers[] = {{"picture (plain loop)", picture}};
    return serve(offers, 1);
}
