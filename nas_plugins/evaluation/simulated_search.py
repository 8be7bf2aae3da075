"""One simulated search in progress: a strategy, a table, and workers on a clock."""

import math
from collections.abc import Hashable
from typing import Generic, TypeVar

from nas_plugins.evaluation.benchmark import Benchmark
from nas_plugins.evaluation.run import Run
from nas_plugins.evaluation.simulated_workers import SimulatedWorkers
from nas_plugins.spaces import FiniteSearchSpace, ListedSpace
from nas_plugins.spaces.errors import AskLater, InvalidArgument, SearchExhausted, UnansweredQuery
from nas_plugins.strategies import Strategy

A = TypeVar("A", bound=Hashable)

_IDLE_ASKS = 10_000


class SimulatedSearch(Generic[A]):
    """The event loop behind :func:`nas_plugins.evaluation.simulate`, which says what it does.

    Args:
        strategy: Asked and told.
        benchmark: Answers in its own setting.
        queries: Most queries, or ``None``.
        seconds: Simulated seconds after which no training may end, or ``None``.
        workers: Trainings at a time, at least 1.
    """

    def __init__(
        self,
        strategy: Strategy[A],
        benchmark: Benchmark[A],
        queries: int | None,
        seconds: float | None,
        workers: int,
    ) -> None:
        self._strategy, self._benchmark = strategy, benchmark
        self._queries, self._deadline = queries, seconds
        self._parallel = workers > 1
        self._workers: SimulatedWorkers[A] = SimulatedWorkers(workers)
        self._timed = benchmark.seconds(benchmark.optimum()[0]) is not None
        self._scores: dict[A, float] = {}  # known to the table, in the order of the queries
        self._costs: list[float | None] = []
        self._starts: list[float] = []
        self._ends: dict[A, float] = {}
        # The strategy may search the whole of which the table has a part.
        space = benchmark.space.whole if isinstance(benchmark.space, ListedSpace) else benchmark.space
        self._patience = max(len(space), 1) if isinstance(space, FiniteSearchSpace) else _IDLE_ASKS
        self._idle = 0  # asks in a row that were no query

    def run(self, seed: int | None = None) -> Run[A]:
        """Run to the end; once.

        Args:
            seed: Kept in the run.
        """
        asking = True
        while True:
            while asking and self._workers.free and not self._spent():
                try:
                    architecture = self._strategy.ask()
                except SearchExhausted:
                    asking = False
                except AskLater:
                    break
                else:
                    self._query(architecture)
            if not self._workers.running:
                break
            architecture = self._workers.complete()
            self._strategy.tell(architecture, self._scores[architecture])
        starts: tuple[float | None, ...] = tuple(self._starts)
        ends: tuple[float | None, ...] = tuple(self._ends.values())
        if None in self._costs:  # the clock ran on stand-ins
            starts = ends = (None,) * len(ends)
        return Run(tuple(self._scores), tuple(self._scores.values()), tuple(self._costs), seed, starts, ends)

    def _spent(self) -> bool:
        return (self._queries is not None and len(self._scores) >= self._queries) or self._idle >= self._patience

    def _query(self, architecture: A) -> None:
        self._idle += 1
        now = self._workers.now
        if architecture in self._scores:
            if self._ends[architecture] > now:
                self._workers.start(architecture, self._ends[architecture] - now)
            else:
                self._strategy.tell(architecture, self._scores[architecture])
            return
        try:
            score = self._benchmark.score(architecture)
        except UnansweredQuery:
            self._strategy.tell(architecture, math.nan)
            return
        cost = self._benchmark.seconds(architecture)
        duration = self._duration(architecture, cost)
        if self._deadline is not None and now + duration > self._deadline:
            self._workers.retire()
            return
        self._idle = 0
        self._scores[architecture] = score
        self._costs.append(cost)
        self._starts.append(now)
        self._ends[architecture] = self._workers.start(architecture, duration)

    def _duration(self, architecture: A, cost: float | None) -> float:
        if cost is not None:
            return cost
        if self._deadline is not None:
            raise InvalidArgument(
                f"wanted training seconds for a budget of {self._deadline} s, {self._benchmark.name} has none on "
                "record; give a number of queries instead"
            )
        if self._timed and self._parallel:
            raise UnansweredQuery(
                f"wanted the training seconds of {architecture}, {self._benchmark.name} has those of other "
                "architectures only; simulate one worker, or complete the table"
            )
        return 0.0 if self._timed else 1.0
