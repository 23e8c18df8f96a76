"""The mean of a matrix by NumPy."""

import numpy as np
from peers import serve

SIDE = 4096
matrix = (np.arange(SIDE * SIDE) % 1000 / 7.0).reshape(SIDE, SIDE)
serve([("mean (NumPy)", matrix.mean)])
