"""What was known of architectures before the search, as the mean function of a model of their scores."""

from collections.abc import Hashable, Sequence
from contextlib import suppress
from typing import Any, Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from nas_plugins.strategies.strategy import PriorScores

A = TypeVar("A", bound=Hashable)

_RIDGE = 1.0  # outcomes that speak against a slope as loudly as one observation a standard deviation from the mean


class PriorMean(Generic[A]):
    """Expected outcomes proportional to somebody's scores, as far as the outcomes told bear that out.

    The slope is fitted to the outcomes by ridge regression and is never negative: where the scores are of no use, none
    of them remains, and the model of the residuals does the work alone.

    Args:
        scores: Gives scores ``(architectures,)``, higher for better, on any scale; ``None`` where nothing is known.
    """

    def __init__(self, scores: PriorScores[A]) -> None:
        self._score = scores
        self._known: dict[A, float] = {}

    def __call__(
        self, told: Sequence[A], outcomes: NDArray[np.float64], others: Sequence[A]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Means of outcomes.

        Args:
            told: Architectures with outcomes.
            outcomes: Standardised, ``(told,)``.
            others: Architectures without.

        Returns:
            Means ``(told,)`` and ``(others,)``, on the scale of the outcomes.
        """
        scores = self._scores([*told, *others])
        spread = scores.std()
        scores = (scores - scores[: len(told)].mean()) / (spread if spread > 0 else 1.0)
        own = scores[: len(told)]
        means = max(0.0, float(own @ outcomes) / (float(own @ own) + _RIDGE)) * scores
        return means[: len(told)], means[len(told) :]

    def __deepcopy__(self, memo: dict[int, Any]) -> "PriorMean[A]":
        """A copy asks the same source: scores do not change, and the source may hold what has no use for a copy."""
        del memo
        return PriorMean(self._score)

    def _scores(self, architectures: Sequence[A]) -> NDArray[np.float64]:
        with suppress(KeyError):  # mostly all are known, and looking each of them up once is the quickest
            return np.array([self._known[architecture] for architecture in architectures])
        new = [architecture for architecture in dict.fromkeys(architectures) if architecture not in self._known]
        scores = self._score(new)
        if scores is None:
            return np.zeros(len(architectures))
        self._known.update(zip(new, map(float, scores), strict=True))
        return np.array([self._known[architecture] for architecture in architectures])
