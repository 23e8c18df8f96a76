"""The picture of the Julia set by rows that numba compiles, on one core and on all."""

import numpy as np
from numba import njit, prange
from peers import serve

WIDTH, HEIGHT, LIMIT = 1280, 960, 255


@njit
def row(number):
    pixel = 3.2 / WIDTH
    steps = np.empty(WIDTH, np.uint16)
    for column in range(WIDTH):
        x = (column + 0.5 - 0.5 * WIDTH) * pixel
        y = -(number + 0.5 - 0.5 * HEIGHT) * pixel
        count = 0
        while count < LIMIT and x * x + y * y <= 4.0:
            x, y = x * x - y * y - 0.8, 2.0 * x * y + 0.156
            count += 1
        steps[column] = count
    return steps


def picture():
    total = 0
    for number in prange(HEIGHT):
        total += row(number).sum()
    return total


serve([("picture (numba)", njit(picture)), ("picture, all cores (numba)", njit(parallel=True)(picture))])
