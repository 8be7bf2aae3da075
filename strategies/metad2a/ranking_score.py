"""What architectures are ranked by: predicted accuracies, drawn towards the order of a prior."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logit

from nas_plugins.spaces.space import SearchSpace
from nas_plugins.strategies.metad2a.architecture_prior import ArchitecturePrior

_MIDDLING = 64  # architectures that say what is middling for a dataset


@dataclass(frozen=True, eq=False)
class RankingScore:
    """Accuracies in percent that predictors and a prior agree on.

    Args:
        prior: For the pictures at hand; ``None`` ranks by the predictors alone.
        spread: Percent that a unit of the prior is worth.
        share: Of the prior in the order, between 0 and 1.
        centre: The predicted accuracy and the prior's score that are set equal; without, they are the medians of the
            architectures of each call, so that scores of different calls cannot be compared.
    """

    prior: ArchitecturePrior | None
    spread: float
    share: float
    centre: tuple[float, float] | None = None

    def centred(self, space: SearchSpace[Any], predict: Callable[[Sequence[Any]], Sequence[float]]) -> "RankingScore":
        """The score that means the same in every call.

        Args:
            space: Whose middling architectures, the same ones always, say what is set equal.
            predict: Predicted accuracies, in percent.
        """
        if self.prior is None:
            return self
        rng = np.random.default_rng(0)
        middling = [space.sample(rng) for _ in range(_MIDDLING)]
        return replace(self, centre=(float(np.median(predict(middling))), float(np.median(self.prior.score(middling)))))

    def __call__(self, predicted: Sequence[float], architectures: Sequence[Any]) -> list[float]:
        """Percent by which architectures are ranked.

        Args:
            predicted: By the predictors, in percent.
            architectures: Of which.
        """
        if self.prior is None:
            return list(predicted)
        own, common = np.array(predicted), self.prior.score(architectures)
        level, middle = (np.median(own), np.median(common)) if self.centre is None else self.centre
        mixed = mix(own, level + self.spread * (common - middle), self.share)
        scores: list[float] = (np.clip(mixed, 0, 100) if self.centre is None else _squeezed(mixed, level)).tolist()
        return scores


def mix(predicted: NDArray[np.float64], common: NDArray[np.float64], prior_share: float) -> NDArray[np.float64]:
    """What architectures are ranked by, from what predictors and prior say of them in percent."""
    return (1 - prior_share) * predicted + prior_share * common


def _squeezed(values: NDArray[np.float64], level: float) -> NDArray[np.float64]:
    """Percent within 0 and 100 in the same order, with slope one at the level: on easy datasets clipping would tie."""
    share = min(max(level / 100, 0.01), 0.99)
    squeezed: NDArray[np.float64] = 100 * expit(logit(share) + (values - level) / (100 * share * (1 - share)))
    return squeezed
