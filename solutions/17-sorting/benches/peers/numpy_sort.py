"""Sorting by NumPy, and merging by a loop that numba compiles."""

import numpy as np
from numba import njit
from peers import serve

KEYS = 1 << 21


@njit
def draw(keys):
    key = np.int64(17)
    for place in range(keys.size):
        keys[place] = key
        key = key * np.int64(6364136223846793005) + np.int64(1442695040888963407)


@njit
def merged(one, other):
    keys = np.empty(one.size + other.size, np.int64)
    i = j = 0
    for place in range(keys.size):
        if j == other.size or (i < one.size and one[i] <= other[j]):
            keys[place] = one[i]
            i += 1
        else:
            keys[place] = other[j]
            j += 1
    return keys


def checksum(keys):
    some = keys[:: KEYS // 64]
    return np.sum(np.arange(some.size) * some.astype(float))


drawn = np.empty(KEYS, np.int64)
draw(drawn)
one, other = np.sort(drawn[: KEYS // 2]), np.sort(drawn[KEYS // 2 :])
halves = np.concatenate((one, other))
merge = "merge of two sorted halves"
serve(
    [
        ("sort (NumPy)", lambda: checksum(np.sort(drawn))),
        (f"{merge} (numba)", lambda: checksum(merged(one, other))),
        (f"{merge} (NumPy, stable)", lambda: checksum(np.sort(halves, kind="stable"))),
    ]
)
