"""What a simulated search leaves: its queries in order, with scores and simulated times."""

import math
from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

A = TypeVar("A", bound=Hashable)


@dataclass(frozen=True)
class Run(Generic[A]):
    """One simulated search.

    Queries stand in the order in which the strategy asked for them, which is the order of their starts. With one worker
    that is also the order of their results; with more, :meth:`completions` has that one.

    Args:
        architectures: The architectures queried, each once, in the order of the queries.
        scores: Their recorded scores; ``nan`` where the record says that the training failed.
        seconds: Their recorded training seconds, ``None`` where the table has none.
        seed: Seed of the strategy, where it is known.
        starts: Simulated seconds at which the trainings started; ``None`` where the table has no training seconds,
            empty where no clock ran.
        ends: Simulated seconds at which they ended, likewise.
    """

    architectures: tuple[A, ...]
    scores: tuple[float, ...]
    seconds: tuple[float | None, ...]
    seed: int | None = None
    starts: tuple[float | None, ...] = ()
    ends: tuple[float | None, ...] = ()

    def best_so_far(self) -> list[float]:
        """The highest score among the first 1, 2, ... queries; ``nan`` as long as all of them failed."""
        return _running_best(self.scores)

    def completions(self) -> list[tuple[float, float]]:
        """When results came, and the best score known from then on, in the order of the results.

        Returns:
            Pairs of simulated seconds and score (``nan`` as long as all failed); empty where no times are known.
        """
        timed = [(end, score) for end, score in zip(self.ends, self.scores, strict=False) if end is not None]
        timed.sort(key=lambda result: result[0])  # stable: of equal times, the query asked first
        return list(zip([end for end, _ in timed], _running_best([score for _, score in timed]), strict=True))

    def to_json(self) -> dict[str, Any]:
        """Plain data, architectures as canonical text, ``None`` for failed trainings."""
        return {
            "seed": self.seed,
            "architectures": [str(architecture) for architecture in self.architectures],
            "scores": [None if math.isnan(score) else score for score in self.scores],
            "seconds": list(self.seconds),
            "starts": list(self.starts),
            "ends": list(self.ends),
        }


def _running_best(scores: tuple[float, ...] | list[float]) -> list[float]:
    best: list[float] = []
    for score in scores:
        best.append(score if not best or math.isnan(best[-1]) or score > best[-1] else best[-1])
    return best
