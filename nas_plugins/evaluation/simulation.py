"""Searches simulated on a table: a trial is a look-up, and its time is the recorded one."""

import math
from collections.abc import Callable, Hashable
from dataclasses import asdict, dataclass
from typing import Any, Generic, TypeVar

import numpy as np

from nas_plugins.evaluation.benchmark import Benchmark
from nas_plugins.evaluation.setting import Setting
from nas_plugins.spaces import FiniteSearchSpace
from nas_plugins.spaces.errors import InvalidArgument, SearchExhausted, UnansweredQuery
from nas_plugins.strategies import Strategy

A = TypeVar("A", bound=Hashable)

_IDLE_ASKS = 10_000


@dataclass(frozen=True)
class Run(Generic[A]):
    """One simulated search.

    Args:
        architectures: The architectures queried, each once, in the order of the queries.
        scores: Their recorded scores; ``nan`` where the record says that the training failed.
        seconds: Their recorded training seconds, ``None`` where the table has none.
        seed: Seed of the strategy, where it is known.
    """

    architectures: tuple[A, ...]
    scores: tuple[float, ...]
    seconds: tuple[float | None, ...]
    seed: int | None = None

    def best_so_far(self) -> list[float]:
        """The highest score among the first 1, 2, ... queries; ``nan`` as long as all of them failed."""
        best: list[float] = []
        for score in self.scores:
            best.append(score if not best or math.isnan(best[-1]) or score > best[-1] else best[-1])
        return best

    def to_json(self) -> dict[str, Any]:
        """Plain data, architectures as canonical text, ``None`` for failed trainings."""
        return {
            "seed": self.seed,
            "architectures": [str(architecture) for architecture in self.architectures],
            "scores": [None if math.isnan(score) else score for score in self.scores],
            "seconds": list(self.seconds),
        }


@dataclass(frozen=True)
class Simulation(Generic[A]):
    """Many simulated searches with one strategy on one table.

    Args:
        benchmark: Name of the table.
        setting: What the scores are.
        runs: The searches, in the order of their seeds.
        optimum: The best architecture of the table in this setting, and its score.
    """

    benchmark: str
    setting: Setting
    runs: tuple[Run[A], ...]
    optimum: tuple[A, float]

    def to_json(self) -> dict[str, Any]:
        """Plain data; ``"optimum"`` is the highest score of the table."""
        return {
            "benchmark": self.benchmark,
            "setting": asdict(self.setting),
            "optimum": self.optimum[1],
            "optimum_architecture": str(self.optimum[0]),
            "runs": [run.to_json() for run in self.runs],
        }


def simulate(
    strategy: Strategy[A],
    benchmark: Benchmark[A],
    *,
    queries: int | None = None,
    seconds: float | None = None,
    seed: int | None = None,
) -> Run[A]:
    """Run a strategy on a table, one trial after the other, until a budget is spent or the strategy has nothing left.

    A query is an architecture whose score is looked up for the first time. An architecture asked for again is told its
    score again and costs nothing; an architecture without a record is told ``nan`` and costs nothing either. A strategy
    that asks for nothing else many times in a row (once per member of a finite space, 10,000 times in others) is taken
    to have nothing left.

    Args:
        strategy: Asked and told, from whatever state it is in.
        benchmark: Answers in its own setting.
        queries: Number of queries, at least 1.
        seconds: Recorded training seconds in all, above 0; a training that would end later is not started.
        seed: Kept in the run; without effect on the search.

    Raises:
        InvalidArgument: No budget, one out of range, or one in seconds on a table without them.
    """
    _check_budget(queries, seconds)
    scores: dict[A, float] = {}
    costs: list[float | None] = []
    elapsed = 0.0
    idle = 0
    space = benchmark.space
    patience = max(len(space), 1) if isinstance(space, FiniteSearchSpace) else _IDLE_ASKS
    while (queries is None or len(scores) < queries) and idle < patience:
        try:
            architecture = strategy.ask()
        except SearchExhausted:
            break
        idle += 1
        if architecture in scores:
            strategy.tell(architecture, scores[architecture])
            continue
        try:
            score = benchmark.score(architecture)
        except UnansweredQuery:
            strategy.tell(architecture, math.nan)
            continue
        cost = benchmark.seconds(architecture)
        if seconds is not None:
            if cost is None:
                raise InvalidArgument(
                    f"wanted training seconds for a budget of {seconds} s, {benchmark.name} has none on record; give a "
                    "number of queries instead"
                )
            if elapsed + cost > seconds:
                break
            elapsed += cost
        idle = 0
        scores[architecture] = score
        costs.append(cost)
        strategy.tell(architecture, score)
    return Run(tuple(scores), tuple(scores.values()), tuple(costs), seed)


def simulate_many(
    make_strategy: Callable[[int], Strategy[A]],
    benchmark: Benchmark[A],
    runs: int,
    seed: int,
    *,
    queries: int | None = None,
    seconds: float | None = None,
    processes: int | None = None,
    progress: Callable[[int], object] | None = None,
) -> Simulation[A]:
    """Run a strategy many times from different seeds, in parallel processes.

    Run ``i`` has the seed ``derive_seeds(seed, runs)[i]``, whatever the number of processes, so that the results depend
    on ``seed`` alone and ``simulate(make_strategy(run.seed), ...)`` repeats a run. Every process computes with one
    thread.

    Args:
        make_strategy: Builds a fresh strategy from a seed.
        benchmark: Answers in its own setting.
        runs: Number of searches, at least 1.
        seed: At least 0.
        queries: Budget of each run, as in :func:`simulate`.
        seconds: Budget of each run, as in :func:`simulate`.
        processes: Number of processes, at least 1; ``None`` takes one per core. 1 stays in this process.
        progress: Called with the number of runs finished, after each.

    Raises:
        InvalidArgument: A number out of range, or no budget.
    """
    from joblib import Parallel, delayed, parallel_config
    from threadpoolctl import threadpool_limits

    _check_budget(queries, seconds)
    for name, value, least in (("runs", runs, 1), ("seed", seed, 0), ("processes", processes, 1)):
        if value is not None and value < least:
            raise InvalidArgument(f"wanted {name} of at least {least}, got {value}")

    def run_from(run_seed: int) -> Run[A]:
        strategy = make_strategy(run_seed)
        return simulate(strategy, benchmark, queries=queries, seconds=seconds, seed=run_seed)

    tasks = (
        delayed(_numbered)(position, run_from, run_seed) for position, run_seed in enumerate(derive_seeds(seed, runs))
    )
    workers = -1 if processes is None else processes
    finished: dict[int, Run[A]] = {}
    with threadpool_limits(1), parallel_config("loky", n_jobs=workers, inner_max_num_threads=1):
        for position, run in Parallel(return_as="generator_unordered")(tasks):
            finished[position] = run
            if progress is not None:
                progress(len(finished))
    ordered = tuple(finished[position] for position in range(runs))
    return Simulation(benchmark.name, benchmark.setting, ordered, benchmark.optimum())


def derive_seeds(seed: int, runs: int) -> list[int]:
    """Seeds of the runs: numpy's ``SeedSequence(seed).generate_state(runs)``.

    Runs from neighbouring seeds share none of their runs, and the first runs of many are the runs of few.
    """
    return [int(state) for state in np.random.SeedSequence(seed).generate_state(runs)]


def _numbered(position: int, run_from: Callable[[int], Run[A]], seed: int) -> tuple[int, Run[A]]:
    return position, run_from(seed)


def _check_budget(queries: int | None, seconds: float | None) -> None:
    if queries is None and seconds is None:
        raise InvalidArgument("wanted a budget, got none; give a number of queries, or seconds")
    if queries is not None and queries < 1:
        raise InvalidArgument(f"wanted at least 1 query, got {queries}")
    if seconds is not None and not seconds > 0:
        raise InvalidArgument(f"wanted a budget of more than 0 seconds, got {seconds}")
