#!/usr/bin/env python3
"""On how many samples per second NumPy trains: the same epoch as in samples.rs, beside this file.

    python3 solutions/18-training/benches/samples.py

Set OMP_NUM_THREADS=1 and OPENBLAS_NUM_THREADS=1 to compare with one core.
"""

import time

import numpy as np

SAMPLES = 1 << 17
HIDDEN = 32
RATE = 0.03

random = np.random.default_rng(18)
points = random.uniform(-1.0, 1.0, (SAMPLES, 2))
labels = np.where(np.arange(SAMPLES) % 2 == 0, 1.0, -1.0)
weights = random.uniform(-6.0, 6.0, (2, HIDDEN))
biases = random.uniform(-6.0, 6.0, HIDDEN)
output = random.uniform(-0.2, 0.2, HIDDEN)
bias = 0.0


def epoch():
    global weights, biases, output, bias
    neurons = np.tanh(points @ weights + biases)
    error = neurons @ output + bias - labels
    loss = np.mean(error * error)
    by_value = 2.0 * error / SAMPLES
    by_sum = np.outer(by_value, output) * (1.0 - neurons * neurons)
    slopes = points.T @ by_sum, by_sum.sum(axis=0), neurons.T @ by_value, by_value.sum()
    weights = weights - RATE * slopes[0]
    biases = biases - RATE * slopes[1]
    output = output - RATE * slopes[2]
    bias = bias - RATE * slopes[3]
    return loss


best = float("inf")
for _ in range(20):
    start = time.perf_counter()
    epoch()
    best = min(best, time.perf_counter() - start)
print(f"NumPy {np.__version__}: {SAMPLES / 1e6 / best:.2f} million samples per second")
