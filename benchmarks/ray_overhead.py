"""What our searchers cost inside Ray Tune, against Ray's own random search.

Runs table trials (one look-up each) with reused workers under Ray's random search over the flat choices and under our
searchers, interleaved, in one Ray; prints the median wall-clock of each and its ratio to Ray's own. The first run of
each is a warm-up and not counted. Run it as ``python benchmarks/ray_overhead.py --repetitions 5``.
"""

import argparse
import os
import statistics
import tempfile
import time
from collections.abc import Callable
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")

import ray
from ray import tune

from nas_plugins.datasets import load_dataset
from nas_plugins.tune import MetaD2ASearcher, RandomSearcher, TableTrial, choices_param_space

TABLE = "nasbench201/cifar10"


def ray_random(seed: int) -> dict[str, Any]:
    """Ray's own random search: its default generator over six categorical choices."""
    del seed
    return {"config": {"table": TABLE, **choices_param_space()}}


def our_random(seed: int) -> dict[str, Any]:
    """Our random search, handed over bare."""
    return {"config": {"table": TABLE}, "search_alg": RandomSearcher(seed=seed)}


def our_random_concurrent(seed: int) -> dict[str, Any]:
    """Our random search with ``max_concurrent_trials``."""
    return our_random(seed) | {"max_concurrent_trials": 2}


def metad2a(seed: int) -> dict[str, Any]:
    """MetaD2A for the digits, ranking included."""
    searcher = MetaD2ASearcher(dataset=load_dataset("digits"), top=100, seed=seed)
    return {"config": {"table": TABLE}, "search_alg": searcher}


def measure(options: dict[str, Any], trials: int, folder: str) -> float:
    """Wall-clock seconds of one experiment."""
    start = time.perf_counter()
    analysis = tune.run(
        TableTrial,
        metric="accuracy",
        mode="max",
        num_samples=trials,
        reuse_actors=True,
        verbose=0,
        storage_path=folder,
        **options,
    )
    seconds = time.perf_counter() - start
    finished = sum(trial.status == "TERMINATED" for trial in analysis.trials)
    if finished != trials:
        raise RuntimeError(f"wanted {trials} finished trials, got {finished}")
    return seconds


def main() -> None:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--trials", type=int, default=50)
    parser.add_argument("--repetitions", type=int, default=5)
    parser.add_argument("--without-metad2a", action="store_true", help="leave MetaD2A out, for example without weights")
    arguments = parser.parse_args()
    contenders: list[Callable[[int], dict[str, Any]]] = [ray_random, our_random, our_random_concurrent]
    if not arguments.without_metad2a:
        contenders.append(metad2a)

    ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False)
    seconds: dict[str, list[float]] = {contender.__name__: [] for contender in contenders}
    with tempfile.TemporaryDirectory() as folder:
        for repetition in range(-1, arguments.repetitions):
            for contender in contenders:
                taken = measure(contender(repetition + 1), arguments.trials, folder)
                if repetition >= 0:
                    seconds[contender.__name__].append(taken)
    ray.shutdown()

    reference = statistics.median(seconds["ray_random"])
    print(f"{arguments.trials} table trials, {arguments.repetitions} repetitions, load {os.getloadavg()[0]:.1f}")
    print(f"{'search':24}{'median s':>10}{'min s':>8}{'max s':>8}{'ratio':>8}")
    for name, times in seconds.items():
        median = statistics.median(times)
        print(f"{name:24}{median:10.2f}{min(times):8.2f}{max(times):8.2f}{median / reference:8.2f}")


if __name__ == "__main__":
    main()
