"""Rounds of k-means by loops that numba compiles."""

import numpy as np
from numba import njit
from peers import serve

POINTS, CLUSTERS, ROUNDS = 1 << 18, 16, 5


def spread(indices, by):
    return np.modf(indices * by)[0]


@njit
def assign(points, centers, nearest):
    for point in range(len(points)):
        least = np.inf
        for center in range(len(centers)):
            dx, dy = points[point, 0] - centers[center, 0], points[point, 1] - centers[center, 1]
            distance = dx * dx + dy * dy
            if distance < least:
                least = distance
                nearest[point] = center


@njit
def move(points, centers, nearest):
    sums, counts = np.zeros(centers.shape), np.zeros(len(centers))
    for point in range(len(points)):
        sums[nearest[point]] += points[point]
        counts[nearest[point]] += 1
    for center in range(len(centers)):
        if counts[center] > 0:
            centers[center] = sums[center] / counts[center]


points = np.column_stack([spread(np.arange(POINTS), by) for by in (0.618034, 0.754878)])
nearest = np.empty(POINTS, np.int64)


def rounds():
    center = np.arange(CLUSTERS) + 1
    centers = np.column_stack((spread(center, 0.56984), spread(center, 0.43838)))
    for _ in range(ROUNDS):
        assign(points, centers, nearest)
        move(points, centers, nearest)
    return np.sum(center * (centers @ [1.0, 2.0]))


serve([("rounds (numba)", rounds)])
