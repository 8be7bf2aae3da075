"""Scores as models of them like them: without the long lower tail, mean 0, variance 1."""

import numpy as np
from numpy.typing import ArrayLike, NDArray


def standardise(scores: ArrayLike, *, clipped: float = 0.1) -> NDArray[np.float64]:
    """Raise the lowest scores to a quantile, then standardise.

    The worst architectures of a space score at chance level; how far below the others they are says nothing about
    where the best ones are, and would dominate every squared error.

    Args:
        scores: Finite numbers of any magnitude, at least one.
        clipped: Share of the scores that is raised to the lowest of the rest.

    Returns:
        Numbers of mean 0 and variance 1, or zeros where all scores are equal.
    """
    values = np.asarray(scores, dtype=np.float64)
    largest = np.abs(values).max()
    if largest > 0:
        values = values / largest  # sums of huge scores would overflow
    values = np.maximum(values, np.quantile(values, clipped))
    values = values - values.mean()
    spread = values.std()
    zeros: NDArray[np.float64] = np.zeros_like(values)
    return zeros if spread < 1e-12 else values / spread
