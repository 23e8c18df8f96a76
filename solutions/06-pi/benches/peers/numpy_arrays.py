"""Points in the unit square by NumPy, in pieces that stay in the cache."""

import numpy as np
from peers import serve

SAMPLES, PIECE = 1 << 24, 1 << 14
random = np.random.default_rng(6)


def points():
    hits = 0
    for _ in range(SAMPLES // PIECE):
        x, y = random.random((2, PIECE))
        hits += np.count_nonzero(x * x + y * y < 1.0)
    return 4.0 * hits / SAMPLES


serve([("points (NumPy)", points)])
