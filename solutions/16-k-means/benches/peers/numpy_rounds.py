"""Rounds of k-means by NumPy, on one core."""

import os

# NumPy reads it once, when it is loaded. Its products would use all cores, where the reference has one.
os.environ["OMP_NUM_THREADS"] = os.environ["OPENBLAS_NUM_THREADS"] = "1"

import numpy as np  # noqa: E402
from peers import serve  # noqa: E402

POINTS, CLUSTERS, ROUNDS = 1 << 18, 16, 5


def spread(indices, by):
    return np.modf(indices * by)[0]


point, center = np.arange(POINTS), np.arange(CLUSTERS)
x, y = spread(point, 0.618034), spread(point, 0.754878)
points = np.column_stack((x, y))


def by_squares(centers):
    dx, dy = x[:, None] - centers[:, 0], y[:, None] - centers[:, 1]
    return (dx * dx + dy * dy).argmin(axis=1)


def by_products(centers):
    # The square of the point's own length is the same for all centers.
    return ((centers * centers).sum(axis=1) - points @ (2.0 * centers.T)).argmin(axis=1)


def by(assign):
    def rounds():
        centers = np.column_stack((spread(center + 1, 0.56984), spread(center + 1, 0.43838)))
        for _ in range(ROUNDS):
            nearest = assign(centers)
            counts = np.bincount(nearest, minlength=CLUSTERS)
            for axis, coordinates in enumerate((x, y)):
                sums = np.bincount(nearest, weights=coordinates, minlength=CLUSTERS)
                np.divide(sums, counts, out=centers[:, axis], where=counts > 0)
        return np.sum((center + 1) * (centers @ [1.0, 2.0]))

    return rounds


serve([("rounds (NumPy)", by(by_squares)), ("rounds (NumPy, products)", by(by_products))])
