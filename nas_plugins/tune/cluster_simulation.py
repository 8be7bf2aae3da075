"""Many simulated searches on a Ray cluster."""

from collections.abc import Callable, Hashable
from typing import TypeVar

import ray

from nas_plugins.evaluation.benchmark import Benchmark
from nas_plugins.evaluation.run import Run
from nas_plugins.evaluation.simulation_plan import Simulation, SimulationPlan
from nas_plugins.strategies import Strategy
from nas_plugins.tune.resources import ray_running

A = TypeVar("A", bound=Hashable)

_RETRIES = 5  # of a run whose node is lost; errors of the strategy itself are not retried


def simulate_on_cluster(
    make_strategy: Callable[[int], Strategy[A]],
    benchmark: Benchmark[A],
    runs: int,
    seed: int,
    *,
    queries: int | None = None,
    seconds: float | None = None,
    workers: int = 1,
    address: str | None = None,
    progress: Callable[[int], object] | None = None,
) -> Simulation[A]:
    """:func:`nas_plugins.evaluation.simulate_many` with its runs spread over a Ray cluster, one CPU each.

    The result is equal to that of :func:`simulate_many`, wherever the runs were computed. A run whose node is lost is
    computed again on another one.

    Args:
        make_strategy: As in :func:`simulate_many`.
        benchmark: Likewise; it travels once through Ray's object store.
        runs: Likewise.
        seed: Likewise.
        queries: Likewise.
        seconds: Likewise.
        workers: Simulated trainings at a time within each run, whatever the size of the cluster.
        address: Address of the cluster; ``None`` uses the running Ray, or starts one on this machine.
        progress: Called with the number of runs finished, after each.

    Raises:
        InvalidArgument: A number out of range, no budget, or no cluster at the address.
    """
    plan = SimulationPlan(make_strategy, benchmark, runs, seed, queries=queries, seconds=seconds, workers=workers)
    finished: dict[int, Run[A]] = {}
    with ray_running(address):
        compute = ray.remote(num_cpus=1, max_retries=_RETRIES)(_compute)
        shared = ray.put(plan)
        waiting = [compute.remote(shared, position) for position in range(runs)]
        while waiting:
            [done], waiting = ray.wait(waiting)
            position, run = ray.get(done)
            finished[position] = run
            if progress is not None:
                progress(len(finished))
    return plan.simulation(finished)


def _compute(plan: SimulationPlan[A], position: int) -> tuple[int, Run[A]]:
    from threadpoolctl import threadpool_limits

    with threadpool_limits(1):
        return plan.numbered_run(position)
