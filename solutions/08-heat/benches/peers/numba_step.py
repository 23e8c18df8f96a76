"""A step of the heat equation by a loop that numba compiles, on one core and on all."""

import numpy as np
from numba import njit, prange
from peers import serve

SIDE = 2048


def step(old, new):
    for row in prange(1, SIDE - 1):
        for column in range(1, SIDE - 1):
            own = old[row, column]
            around = old[row - 1, column] + old[row, column - 1] + old[row, column + 1] + old[row + 1, column]
            new[row, column] = own + 0.2 * (around - 4.0 * own)


def by(compiled):
    plates = [(np.arange(SIDE * SIDE) % 97.0).reshape(SIDE, SIDE) for _ in range(2)]

    def work():
        compiled(*plates)
        plates.reverse()
        # One after another, as the others add: `sum` would add pairs.
        return plates[0][SIDE // 2].cumsum()[-1]

    return work


serve([("step (numba)", by(njit(step))), ("step, all cores (numba)", by(njit(parallel=True)(step)))])
