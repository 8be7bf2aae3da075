"""Many simulated searches: which ones, each computable anywhere, and what they come to."""

from collections.abc import Callable, Hashable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Generic, TypeVar

import numpy as np

from nas_plugins.evaluation.benchmark import Benchmark
from nas_plugins.evaluation.run import Run
from nas_plugins.evaluation.setting import Setting
from nas_plugins.evaluation.simulated_search import SimulatedSearch
from nas_plugins.spaces.errors import InvalidArgument
from nas_plugins.strategies import Strategy

A = TypeVar("A", bound=Hashable)


@dataclass(frozen=True)
class Simulation(Generic[A]):
    """Many simulated searches with one strategy on one table.

    Args:
        benchmark: Name of the table.
        setting: What the scores are.
        runs: The searches, in the order of their seeds.
        optimum: The best architecture of the table in this setting, and its score.
        workers: Simulated trainings at a time within each search.
    """

    benchmark: str
    setting: Setting
    runs: tuple[Run[A], ...]
    optimum: tuple[A, float]
    workers: int = 1

    def to_json(self) -> dict[str, Any]:
        """Plain data; ``"optimum"`` is the highest score of the table."""
        return {
            "benchmark": self.benchmark,
            "setting": asdict(self.setting),
            "optimum": self.optimum[1],
            "optimum_architecture": str(self.optimum[0]),
            "workers": self.workers,
            "runs": [run.to_json() for run in self.runs],
        }


class SimulationPlan(Generic[A]):
    """The searches of a :class:`Simulation`, numbered; each gives the same run wherever it is computed.

    Args:
        make_strategy: Builds a fresh strategy from a seed.
        benchmark: Answers in its own setting.
        runs: Number of searches, at least 1.
        seed: At least 0; decides the seeds of the searches.
        queries: Budget of each run.
        seconds: Budget of each run.
        workers: Simulated trainings at a time within each run.

    Raises:
        InvalidArgument: A number out of range, or no budget.
    """

    def __init__(
        self,
        make_strategy: Callable[[int], Strategy[A]],
        benchmark: Benchmark[A],
        runs: int,
        seed: int,
        *,
        queries: int | None = None,
        seconds: float | None = None,
        workers: int = 1,
    ) -> None:
        check_budget(queries, seconds)
        for name, value, least in (("runs", runs, 1), ("seed", seed, 0), ("workers", workers, 1)):
            if value < least:
                raise InvalidArgument(f"wanted {name} of at least {least}, got {value}")
        self.benchmark, self.workers = benchmark, workers
        self.seeds = derive_seeds(seed, runs)
        self._make_strategy = make_strategy
        self._queries, self._seconds = queries, seconds

    def numbered_run(self, position: int) -> tuple[int, Run[A]]:
        """Compute one search.

        Args:
            position: From 0 to the number of runs, exclusive.

        Returns:
            The position and the run.
        """
        seed = self.seeds[position]
        search = SimulatedSearch(self._make_strategy(seed), self.benchmark, self._queries, self._seconds, self.workers)
        return position, search.run(seed)

    def simulation(self, finished: Mapping[int, Run[A]]) -> Simulation[A]:
        """Put the runs in order.

        Args:
            finished: Every run by its position.
        """
        ordered = tuple(finished[position] for position in range(len(self.seeds)))
        return Simulation(self.benchmark.name, self.benchmark.setting, ordered, self.benchmark.optimum(), self.workers)


def derive_seeds(seed: int, runs: int) -> list[int]:
    """Seeds of the runs: numpy's ``SeedSequence(seed).generate_state(runs)``.

    Runs from neighbouring seeds share none of their runs, and the first runs of many are the runs of few.
    """
    return [int(state) for state in np.random.SeedSequence(seed).generate_state(runs)]


def check_budget(queries: int | None, seconds: float | None) -> None:
    """Raise :class:`InvalidArgument` where there is no budget, or one out of range."""
    if queries is None and seconds is None:
        raise InvalidArgument("wanted a budget, got none; give a number of queries, or seconds")
    if queries is not None and queries < 1:
        raise InvalidArgument(f"wanted at least 1 query, got {queries}")
    if seconds is not None and not seconds > 0:
        raise InvalidArgument(f"wanted a budget of more than 0 seconds, got {seconds}")
