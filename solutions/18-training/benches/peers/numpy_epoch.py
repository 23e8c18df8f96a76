"""An epoch with a single batch by NumPy, on one core."""

import os

# NumPy reads it once, when it is loaded. Its products would use all cores, where the reference has one.
os.environ["OMP_NUM_THREADS"] = os.environ["OPENBLAS_NUM_THREADS"] = "1"

import numpy as np  # noqa: E402
from peers import serve  # noqa: E402

SAMPLES, HIDDEN, RATE = 1 << 17, 32, 0.03


def spread(indices, by):
    return np.modf(indices * by)[0]


sample, neuron = np.arange(SAMPLES), np.arange(HIDDEN)
points = np.column_stack([2.0 * spread(sample, by) - 1.0 for by in (0.618034, 0.754878)])
labels = np.where(sample % 2 == 0, 1.0, -1.0)
*weights, biases = [12.0 * spread(3 * neuron + place, 0.56984) - 6.0 for place in range(3)]
weights = np.array(weights)
output = 0.4 * spread(neuron, 0.43838) - 0.2
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


serve([("epoch (NumPy)", epoch)])
