"""Scores as models of them like them: without the long lower tail, mean 0, variance 1."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

_FARTHEST = 1000  # times as far below the best as half of the scores are: what a training reports that diverged


def standardise(scores: ArrayLike, *, clipped: float = 0.1) -> NDArray[np.float64]:
    """Raise the lowest scores to a quantile, then standardise.

    The worst architectures of a space score at chance level; how far below the others they are says nothing about
    where the best ones are, and would dominate every squared error. A score that lies orders of magnitude below all
    others, as the loss of a training that diverged does, is first raised to a thousand times their usual distance from
    the best, so that it hides their differences neither before there are enough scores for the quantile.

    Args:
        scores: Finite numbers of any magnitude, at least one.
        clipped: Share of the scores that is raised to the lowest of the rest.

    Returns:
        Numbers of mean 0 and variance 1, or zeros where all scores are equal.
    """
    values = _within_one(np.asarray(scores, dtype=np.float64))
    below = values.max() - values
    if below.any():
        usual = np.quantile(below[below > 0], 0.5, method="lower")
        values = np.maximum(values, values.max() - _FARTHEST * usual)
    values = _within_one(np.maximum(values, np.quantile(values, clipped)))
    values = values - values.mean()
    spread = values.std()
    zeros: NDArray[np.float64] = np.zeros_like(values)
    return zeros if spread < 1e-12 else values / spread


def _within_one(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Divided by the largest magnitude: sums of huge numbers would overflow, and spreads are told by comparison."""
    largest = np.abs(values).max()
    return values / largest if largest > 0 else values
