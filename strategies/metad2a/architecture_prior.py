"""What the source database says of architectures whatever the dataset: a ridge on pairs of decisions."""

from collections.abc import Sequence
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nas_plugins.spaces.errors import InvalidArgument
from nas_plugins.spaces.space import SearchSpace
from nas_plugins.strategies.metad2a.source_database import SourceDatabase

_RANKING_RIDGE = 1.0
_RECORDS_RIDGE = 3.0
_RECORDS_WEIGHT = 0.5
_BETTER = 1 / 8


class ArchitecturePrior:
    """Scores architectures by the sum of a coefficient per pair of decisions, learned from source tables alone.

    Networks learn the same from the same tables, but spend their capacity on the many poor architectures; a ridge on
    ranks orders the best ones better. Scores have a standard deviation of about one among the better eighth.

    Args:
        space: The search space.
        coefficients: ``(pairs, options, options)``, pairs of decisions in the order of
            ``itertools.combinations``, options in the order of ``space.choices()``.
    """

    def __init__(self, space: SearchSpace[Any], coefficients: NDArray[np.float64]) -> None:
        self.space = space
        self.coefficients = coefficients

    @classmethod
    def fit(cls, space: SearchSpace[Any], database: SourceDatabase) -> "ArchitecturePrior":
        """Fit to the rankings' ranks and, with half the weight, to the records.

        A record's accuracy is explained by its task's classes and its architecture together; records more than a
        standard deviation below the mean are left out, since the order of the good is what matters.

        Raises:
            InvalidArgument: The database has no ranking.
        """
        from scipy.stats import rankdata
        from sklearn.linear_model import Ridge

        if not database.rankings:
            raise InvalidArgument("wanted a source database with a ranking to fit a prior to, got none")
        scored: list[NDArray[np.float64]] = []
        for ranking in database.rankings:
            features = _one_hot(space, ranking.architectures)
            ranks = rankdata(ranking.accuracies) / len(ranking.accuracies)
            fitted = Ridge(alpha=_RANKING_RIDGE).fit(features, ranks)
            scored.append(fitted.coef_ / _spread(features @ fitted.coef_))
        total = np.mean(scored, axis=0)
        good = np.flatnonzero(
            database.record_accuracy > database.record_accuracy.mean() - database.record_accuracy.std()
        )
        if len(good):
            pairs = _one_hot(space, [database.record_architecture[index] for index in good])
            classes = np.zeros((len(good), len(database.classes)))
            for row, index in enumerate(good):
                classes[row, list(database.tasks[database.record_task[index]])] = 1
            # Pairs are counted double: a ridge shrinks what is common to all architectures less than class identities.
            both = np.concatenate([classes, 2 * pairs], axis=1)
            fitted = Ridge(alpha=_RECORDS_RIDGE).fit(both, database.record_accuracy[good])
            own = 2 * fitted.coef_[classes.shape[1] :]
            reference = _one_hot(space, database.rankings[0].architectures)
            better = np.argsort(-(reference @ total), kind="stable")[: max(2, round(len(reference) * _BETTER))]
            total = total + _RECORDS_WEIGHT * own / (reference[better] @ own).std()
        options = max(len(names) for names in space.choices().values())
        return cls(space, total.reshape(-1, options, options))

    def score(self, architectures: Sequence[Any]) -> NDArray[np.float64]:
        """Scores ``(architectures,)``, higher for better."""
        numbers = _numbers(self.space, architectures)
        return sum(
            (
                self.coefficients[pair, numbers[:, first], numbers[:, second]]
                for pair, (first, second) in enumerate(combinations(range(numbers.shape[1]), 2))
            ),
            start=np.zeros(len(numbers)),
        )


def _spread(scores: NDArray[np.float64]) -> float:
    """Standard deviation among the better eighth."""
    return float(np.sort(scores)[-max(2, round(len(scores) * _BETTER)) :].std()) or 1.0


def _numbers(space: SearchSpace[Any], architectures: Sequence[Any]) -> NDArray[np.int64]:
    """The option taken in every decision, ``(architectures, decisions)``."""
    choices = space.choices()
    position = {name: {option: index for index, option in enumerate(options)} for name, options in choices.items()}
    rows = [
        [position[name][option] for name, option in space.to_choices(architecture).items()]
        for architecture in architectures
    ]
    return np.array(rows, dtype=np.int64).reshape(len(rows), len(choices))


def _one_hot(space: SearchSpace[Any], texts: Sequence[str]) -> NDArray[np.float64]:
    """One column per pair of decisions and pair of options, ``(architectures, pairs * options * options)``."""
    numbers = _numbers(space, [space.parse(text) for text in texts])
    options = max(len(names) for names in space.choices().values())
    eye = np.eye(options * options)
    return np.concatenate(
        [eye[options * numbers[:, a] + numbers[:, b]] for a, b in combinations(range(numbers.shape[1]), 2)], axis=1
    )
