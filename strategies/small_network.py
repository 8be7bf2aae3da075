"""Training of a small tanh network, without the overhead that a large framework has per step."""

import math
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float64]
Layer = tuple[Matrix, Matrix]
"""Weights ``(outputs, inputs)`` and biases ``(outputs,)``, as torch's linear layers have them."""

_FIRST, _SECOND, _EPSILON = 0.9, 0.999, 1e-8  # Kingma and Ba, 2015, algorithm 1


def train_tanh_network(
    layers: Sequence[Layer],
    rows: Matrix,
    outcomes: Matrix,
    batches: Iterable[NDArray[np.int64]],
    *,
    learning_rate: float,
    weight_decay: float = 0.0,
) -> list[Layer]:
    """Train linear layers with tanh between them on squared errors, by Adam.

    A step on ten rows of sixteen numbers is some dozens of multiplications of tiny matrices; torch spends ten times as
    long on each as the arithmetic takes, and DNGO makes a thousand steps for every proposal.

    Args:
        layers: At the start; the last one has one output and no tanh behind it.
        rows: ``(n, inputs)``.
        outcomes: ``(n,)``.
        batches: The rows of each step.
        learning_rate: Of Adam.
        weight_decay: Added to the gradient, times the parameters, as torch's Adam does.

    Returns:
        The trained layers.

    References:
        Kingma and Ba, Adam: A Method for Stochastic Optimization, ICLR 2015.
    """
    parameters = np.concatenate([part.ravel() for layer in layers for part in layer])
    gradient, first, second, scratch = (np.zeros_like(parameters) for _ in range(4))
    weights, slopes = _views(parameters, layers), _views(gradient, layers)
    for step, chosen in enumerate(batches, start=1):
        _squared_error_gradient(weights, slopes, rows[chosen], outcomes[chosen])
        if weight_decay:
            np.multiply(parameters, weight_decay, out=scratch)
            gradient += scratch
        first *= _FIRST
        np.multiply(gradient, 1 - _FIRST, out=scratch)
        first += scratch
        second *= _SECOND
        np.square(gradient, out=scratch)
        scratch *= 1 - _SECOND
        second += scratch
        np.sqrt(second, out=scratch)
        scratch /= math.sqrt(1 - _SECOND**step)
        scratch += _EPSILON
        np.divide(first, scratch, out=scratch)
        scratch *= learning_rate / (1 - _FIRST**step)
        parameters -= scratch
    return weights


def _views(flat: Matrix, layers: Sequence[Layer]) -> list[Layer]:
    """The parts of a flat vector as layers that share its memory."""
    views: list[Layer] = []
    start = 0
    for weight, bias in layers:
        middle, end = start + weight.size, start + weight.size + bias.size
        views.append((flat[start:middle].reshape(weight.shape), flat[middle:end]))
        start = end
    return views


def _squared_error_gradient(layers: Sequence[Layer], slopes: Sequence[Layer], rows: Matrix, outcomes: Matrix) -> None:
    """Write the gradient of the mean squared error of a batch into ``slopes``."""
    activations: list[NDArray[Any]] = [rows]
    for weight, bias in layers[:-1]:
        hidden = activations[-1] @ weight.T
        hidden += bias
        activations.append(np.tanh(hidden, out=hidden))
    weight, bias = layers[-1]
    error = activations[-1] @ weight[0]
    error += bias[0] - outcomes
    error *= 2 / len(outcomes)
    back = error[:, None]
    for position in range(len(layers) - 1, -1, -1):
        weight_slope, bias_slope = slopes[position]
        np.matmul(back.T, activations[position], out=weight_slope)
        back.sum(axis=0, out=bias_slope)
        if position:
            back = back @ layers[position][0]
            back *= 1 - np.square(activations[position])
