"""Points in the unit square by a loop that numba compiles, on one core and on all."""

from numba import njit, prange
from numpy.random import random, seed
from peers import serve

SAMPLES = 1 << 24


def loop(samples):
    hits = 0
    for _ in prange(samples):
        x = random()
        y = random()
        hits += x * x + y * y < 1.0
    return 4.0 * hits / samples


one, every = njit(loop), njit(parallel=True)(loop)
njit(lambda: seed(6))()
serve(
    [
        ("points (numba)", lambda: one(SAMPLES)),
        ("points, all cores (numba)", lambda: every(SAMPLES)),
    ]
)
