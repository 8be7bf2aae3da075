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
    # A layer is one matrix with its biases as the last column, and all layers are one vector: half as many operations,
    # whose overhead is what a step on ten rows costs.
    joined = [np.column_stack(layer) for layer in layers]
    parameters = np.concatenate([layer.ravel() for layer in joined])
    gradient, first, second, scratch = (np.zeros_like(parameters) for _ in range(4))
    weights, slopes = _views(parameters, joined), _views(gradient, joined)
    inputs = np.column_stack([rows, np.ones(len(rows))])
    # Adam's moments are kept divided by the constants they would be multiplied with in every step.
    scale = math.sqrt(1 - _SECOND)
    for step, chosen in enumerate(batches, start=1):
        _squared_error_gradient(weights, slopes, inputs[chosen], outcomes[chosen])
        if weight_decay:
            np.multiply(parameters, weight_decay, out=scratch)
            gradient += scratch
        first *= _FIRST
        first += gradient
        second *= _SECOND
        np.square(gradient, out=scratch)
        second += scratch
        np.sqrt(second, out=scratch)
        correction = math.sqrt(1 - _SECOND**step) / scale
        scratch += _EPSILON * correction
        np.divide(first, scratch, out=scratch)
        scratch *= learning_rate * (1 - _FIRST) * correction / (1 - _FIRST**step)
        parameters -= scratch
    return [(layer[:, :-1].copy(), layer[:, -1].copy()) for layer in weights]


def _views(flat: Matrix, layers: Sequence[Matrix]) -> list[Matrix]:
    """The parts of a flat vector as matrices that share its memory."""
    ends = np.cumsum([layer.size for layer in layers])[:-1]
    return [part.reshape(layer.shape) for part, layer in zip(np.split(flat, ends), layers, strict=True)]


def _squared_error_gradient(layers: Sequence[Matrix], slopes: Sequence[Matrix], rows: Matrix, outcomes: Matrix) -> None:
    """Write the gradient of the mean squared error of a batch, whose rows end with a one, into ``slopes``."""
    activations: list[NDArray[Any]] = [rows]
    for layer in layers[:-1]:
        hidden = np.empty((len(rows), len(layer) + 1))
        np.tanh(activations[-1] @ layer.T, out=hidden[:, :-1])
        hidden[:, -1] = 1
        activations.append(hidden)
    error = activations[-1] @ layers[-1][0]
    error -= outcomes
    error *= 2 / len(outcomes)
    back = error[:, None]
    for position in range(len(layers) - 1, -1, -1):
        np.matmul(back.T, activations[position], out=slopes[position])
        if position:
            hidden = activations[position][:, :-1]
            back = back @ layers[position][:, :-1]
            back *= 1 - np.square(hidden)
