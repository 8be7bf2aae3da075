"""Searches simulated on a table: a trial is a look-up, and its time is the recorded one."""

from collections.abc import Callable, Hashable
from typing import TypeVar

from nas_plugins.evaluation.benchmark import Benchmark
from nas_plugins.evaluation.run import Run
from nas_plugins.evaluation.simulated_search import SimulatedSearch
from nas_plugins.evaluation.simulation_plan import Simulation, SimulationPlan, check_budget, derive_seeds
from nas_plugins.spaces.errors import InvalidArgument
from nas_plugins.strategies import Strategy

__all__ = ["Run", "Simulation", "derive_seeds", "simulate", "simulate_many"]

A = TypeVar("A", bound=Hashable)


def simulate(
    strategy: Strategy[A],
    benchmark: Benchmark[A],
    *,
    queries: int | None = None,
    seconds: float | None = None,
    workers: int = 1,
    seed: int | None = None,
) -> Run[A]:
    """Run a strategy on a table, parallel workers on a simulated clock, until a budget is spent or nothing is left.

    A query is an architecture whose score is looked up for the first time. Its worker is busy for the recorded training
    seconds, and the strategy is told the score when they are over, in the exact order of the completions; of those at
    the same moment, the one asked for first. Whenever a worker is free the strategy is asked again. Where the table has
    no training seconds at all, every training takes equally long.

    An architecture asked for again is told its score again and costs nothing; while it is still being trained, the
    worker waits for that training. An architecture without a record is told ``nan`` at once and costs nothing either. A
    strategy that asks for nothing else many times in a row (once per member of a finite space, 10,000 times in others)
    is taken to have nothing left, as is one that waits for results while nothing runs.

    Args:
        strategy: Asked and told, from whatever state it is in.
        benchmark: Answers in its own setting.
        queries: Number of queries, at least 1.
        seconds: Simulated seconds, above 0. A training that would end later is not started, and its worker starts
            nothing more; with one worker these are the recorded training seconds in all.
        workers: Trainings at a time, at least 1.
        seed: Kept in the run; without effect on the search.

    Raises:
        InvalidArgument: No budget, a number out of range, or a budget in seconds on a table without them.
        UnansweredQuery: Parallel workers on a table that has seconds of some trainings only.
    """
    check_budget(queries, seconds)
    return SimulatedSearch(strategy, benchmark, queries, seconds, workers).run(seed)


def simulate_many(
    make_strategy: Callable[[int], Strategy[A]],
    benchmark: Benchmark[A],
    runs: int,
    seed: int,
    *,
    queries: int | None = None,
    seconds: float | None = None,
    workers: int = 1,
    processes: int | None = None,
    progress: Callable[[int], object] | None = None,
) -> Simulation[A]:
    """Run a strategy many times from different seeds, in parallel processes.

    Run ``i`` has the seed ``derive_seeds(seed, runs)[i]``, whatever the number of processes, so that the results depend
    on ``seed`` alone and ``simulate(make_strategy(run.seed), ...)`` repeats a run. Every process computes with one
    thread. :func:`nas_plugins.tune.simulate_on_cluster` does the same on a Ray cluster.

    Args:
        make_strategy: Builds a fresh strategy from a seed.
        benchmark: Answers in its own setting.
        runs: Number of searches, at least 1.
        seed: At least 0.
        queries: Budget of each run, as in :func:`simulate`.
        seconds: Budget of each run, as in :func:`simulate`.
        workers: Simulated trainings at a time within each run, as in :func:`simulate`.
        processes: Number of processes, at least 1; ``None`` takes one per core. 1 stays in this process.
        progress: Called with the number of runs finished, after each.

    Raises:
        InvalidArgument: A number out of range, or no budget.
    """
    from joblib import Parallel, delayed, parallel_config
    from threadpoolctl import threadpool_limits

    if processes is not None and processes < 1:
        raise InvalidArgument(f"wanted processes of at least 1, got {processes}")
    plan = SimulationPlan(make_strategy, benchmark, runs, seed, queries=queries, seconds=seconds, workers=workers)
    tasks = (delayed(plan.numbered_run)(position) for position in range(runs))
    finished: dict[int, Run[A]] = {}
    with (
        threadpool_limits(1),
        parallel_config("loky", n_jobs=-1 if processes is None else processes, inner_max_num_threads=1),
    ):
        for position, run in Parallel(return_as="generator_unordered")(tasks):
            finished[position] = run
            if progress is not None:
                progress(len(finished))
    return plan.simulation(finished)
