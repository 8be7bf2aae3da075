"""What the source database says of architectures whatever the dataset: a ridge on pairs of decisions."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nas_plugins.spaces.errors import InvalidArgument
from nas_plugins.spaces.space import SearchSpace
from nas_plugins.strategies.inputs import PairsInput
from nas_plugins.strategies.metad2a.source_database import SourceDatabase

_RANKING_RIDGE = 1.0
_RECORDS_RIDGE = 3.0
_RECORDS_WEIGHT = 0.5
_PAIRS_WEIGHT = 2.0  # of pairs beside class identities: the ridge shrinks what is worth this much a fourth as much


class ArchitecturePrior:
    """Scores architectures by the sum of a coefficient per pair of decisions, learned from source tables alone.

    Networks learn the same from the same tables, but spend their capacity on the many poor architectures; a ridge on
    ranks orders the best ones better. Scores have a standard deviation of about one among the better eighth.

    Args:
        space: The search space.
        coefficients: One per column of :class:`nas_plugins.strategies.inputs.PairsInput`.
    """

    def __init__(self, space: SearchSpace[Any], coefficients: NDArray[np.float64]) -> None:
        self.space = space
        self.coefficients = coefficients
        self._pairs: PairsInput[Any] = PairsInput(space)

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

        def pairs(texts: Sequence[str]) -> NDArray[np.float64]:
            return PairsInput(space)([space.parse(text) for text in texts])

        total: NDArray[np.float64] | float = 0.0
        for ranking in database.rankings:
            rows = pairs(ranking.architectures)
            own = Ridge(alpha=_RANKING_RIDGE).fit(rows, rankdata(ranking.accuracies) / len(rows)).coef_
            scores = rows @ own
            total = total + own / (scores[better(scores)].std() or 1.0) / len(database.rankings)
        least = database.record_accuracy.mean() - database.record_accuracy.std()
        good = database.only_records(database.record_accuracy > least)
        if len(good.record_accuracy):
            classes = good.class_identities()
            both = np.concatenate([classes, _PAIRS_WEIGHT * pairs(good.record_architecture)], axis=1)
            fitted = Ridge(alpha=_RECORDS_RIDGE).fit(both, good.record_accuracy)
            own = _PAIRS_WEIGHT * fitted.coef_[classes.shape[1] :]
            rows = pairs(database.rankings[0].architectures)
            total = total + _RECORDS_WEIGHT * own / ((rows @ own)[better(rows @ total)].std() or 1.0)
        return cls(space, np.asarray(total))

    def score(self, architectures: Sequence[Any]) -> NDArray[np.float64]:
        """Scores ``(architectures,)``, higher for better."""
        scores: NDArray[np.float64] = self._pairs(architectures) @ self.coefficients
        return scores


def better(scores: NDArray[np.float64]) -> NDArray[np.int64]:
    """Positions of the better eighth of scores, two at least, best first."""
    return np.argsort(-scores, kind="stable")[: max(2, round(len(scores) / 8))]
