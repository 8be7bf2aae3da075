"""How much of the trade-offs of a table a search has found, query by query."""

from collections.abc import Sequence
from functools import cached_property
from typing import Any

import numpy as np

from nas_plugins.evaluation.benchmark import Benchmark
from nas_plugins.evaluation.network_scale import network_scale
from nas_plugins.spaces.cost_measure import CostMeasure, NetworkCost
from nas_plugins.spaces.space import SearchSpace
from nas_plugins.strategies.objective import Objective
from nas_plugins.strategies.pareto_front import ParetoFront

SCORE = Objective("score")


class TradeOffs:
    """Score against one cost on a table: its front, and the share of its hypervolume that a run's queries cover.

    Hypervolume is counted from the lowest score and the highest cost on record, so that nothing has to be chosen.

    Args:
        benchmark: The table, in its own setting.
        space: What is searched: the table's space, or a part of it.
        cost: Multiply-adds at the size of the table's networks by default.
    """

    def __init__(
        self, benchmark: Benchmark[Any], space: SearchSpace[Any] | None = None, cost: CostMeasure[Any] | None = None
    ) -> None:
        self.cost = NetworkCost(benchmark.space, **network_scale(benchmark)) if cost is None else cost
        self.objectives = (SCORE, Objective(self.cost.name, "min"))
        space = benchmark.space if space is None else space
        self._members = [one for one in benchmark.architectures() if space.contains(one)]
        self._scores = [benchmark.score(one) for one in self._members]

    @cached_property
    def front(self) -> ParetoFront[Any]:
        """The front of the table."""
        return self.of(self._members, self._scores)

    @cached_property
    def reference(self) -> dict[str, float]:
        """The lowest score and the highest cost on record."""
        costs = np.array([self.cost(one) for one in self._members])
        return {SCORE.name: float(np.nanmin(self._scores)), self.cost.name: float(costs[np.isfinite(costs)].max())}

    def of(self, architectures: Sequence[Any], scores: Sequence[float]) -> ParetoFront[Any]:
        """The front of some architectures."""
        values = [(score, self.cost(one)) for one, score in zip(architectures, scores, strict=True)]
        return ParetoFront.of(architectures, values, self.objectives)

    def coverage(self, architectures: Sequence[Any], scores: Sequence[float]) -> list[float]:
        """The hypervolume of the first 1, 2, ... queries in percent of that of the table's front."""
        whole = self.front.hypervolume(self.reference)
        covered: list[float] = []
        front = self.of((), ())
        for architecture, score in zip(architectures, scores, strict=True):
            values = [*front.values, (score, self.cost(architecture))]
            wider = ParetoFront.of((*front.architectures, architecture), values, self.objectives)
            changed = wider.values != front.values
            front = wider
            before = covered[-1] if covered else 0.0
            covered.append(100 * front.hypervolume(self.reference) / whole if changed and whole else before)
        return covered
