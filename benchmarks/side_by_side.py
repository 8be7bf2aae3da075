"""Cells looked up until the best one is found, and seconds per suggestion: ours beside what Ray Tune users pick.

    pip install optuna hyperopt smac
    python benchmarks/side_by_side.py [--runs 10] [--tables cifar10 imagenet16-120] [--only NAME ...]

Every contender searches the same table (mean validation accuracy after 200 epochs, which must become optimal) one cell
at a time, and each cell counts once: what is suggested again is told again and costs nothing, and who suggests nothing
new for 15,625 times is at its end. Optuna's and HyperOpt's TPE and Ray's random search are Ray's own searchers over the
six choices, with the settings they come with; SMAC is its hyperparameter facade (random forest) through ask and tell.
``default`` is given no images and proposes for the average source task first; the tables of ImageNet16-120 and of
CIFAR-100 are known to what MetaD2A was trained on in part (its card says how), so that its rows are no cold starts.

A suggestion's seconds are those of ask and tell together over all suggestions, repeated ones included; one thread. What
is not installed is left out. Each line is printed when it is done.
"""

import argparse
import contextlib
import importlib.util
import io
import logging
import os
import statistics
import tempfile
import time
import warnings
from collections.abc import Callable
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np

from nas_plugins.evaluation import Benchmark, load_benchmark, simulate
from nas_plugins.spaces import NASBench201
from nas_plugins.strategies import Strategy, get_strategy
from nas_plugins.tune import choices_param_space

SPACE = NASBench201()
OURS = ("random", "local_search", "regularized_evolution", "bayesian", "dngo", "default")


class Outsider(Strategy[Any]):
    """What the contenders of others share: they are not saved."""

    def state_dict(self) -> dict[str, Any]:
        """Not needed here."""
        raise NotImplementedError

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Not needed here."""
        raise NotImplementedError


class RaySearch(Outsider):
    """A searcher of Ray over the six choices."""

    def __init__(self, searcher: Any) -> None:
        self._searcher = searcher
        searcher.set_search_properties("accuracy", "max", choices_param_space("nasbench201"))
        self._pending: dict[Any, str] = {}
        self._count = 0

    def ask(self) -> Any:
        """Its next suggestion."""
        self._count += 1
        cell = SPACE.from_choices(self._searcher.suggest(str(self._count)))
        self._pending[cell] = str(self._count)
        return cell

    def tell(self, architecture: Any, score: float) -> None:
        """Its trial completes."""
        self._searcher.on_trial_complete(self._pending.pop(architecture), {"accuracy": score})


class RayRandom(Outsider):
    """Ray's own variants of the six choices, with replacement."""

    def __init__(self, seed: int) -> None:
        self._rng = np.random.default_rng(seed)

    def ask(self) -> Any:
        """One variant."""
        from ray.tune.search.variant_generator import generate_variants

        _, choices = next(iter(generate_variants(choices_param_space("nasbench201"), random_state=self._rng)))
        return SPACE.from_choices(choices)

    def tell(self, architecture: Any, score: float) -> None:
        """Random search does not listen."""


class SMAC(Outsider):
    """SMAC3's facade for hyperparameters, through ask and tell."""

    def __init__(self, seed: int, queries: int) -> None:
        from ConfigSpace import Categorical, ConfigurationSpace
        from smac import HyperparameterOptimizationFacade, Scenario

        space = ConfigurationSpace(seed=seed)
        space.add([Categorical(name, options) for name, options in SPACE.choices().items()])
        scenario = Scenario(
            space,
            n_trials=10 * queries,
            deterministic=True,
            seed=seed,
            output_directory=tempfile.mkdtemp(),  # type: ignore[arg-type]  # a text does
        )
        self._smac = HyperparameterOptimizationFacade(
            scenario,
            lambda config, seed=0: 0.0,
            initial_design=HyperparameterOptimizationFacade.get_initial_design(scenario, n_configs=10),
            logging_level=False,
            overwrite=True,
        )
        self._pending: dict[Any, Any] = {}

    def ask(self) -> Any:
        """Its next trial."""
        info = self._smac.ask()
        cell = SPACE.from_choices(dict(info.config))
        self._pending[cell] = info
        return cell

    def tell(self, architecture: Any, score: float) -> None:
        """SMAC minimises."""
        from smac.runhistory.dataclasses import TrialValue

        self._smac.tell(self._pending.pop(architecture), TrialValue(cost=100.0 - score))


class Timed(Outsider):
    """Counts the seconds of another strategy."""

    def __init__(self, strategy: Strategy[Any]) -> None:
        self._strategy = strategy
        self.seconds = 0.0
        self.asked = 0

    def ask(self) -> Any:
        """Ask, by the clock."""
        start = time.perf_counter()
        try:
            return self._strategy.ask()
        finally:
            self.seconds += time.perf_counter() - start
            self.asked += 1

    def tell(self, architecture: Any, score: float) -> None:
        """Tell, by the clock."""
        start = time.perf_counter()
        self._strategy.tell(architecture, score)
        self.seconds += time.perf_counter() - start


def contenders(queries: int) -> dict[str, Callable[[int], Strategy[Any]]]:
    """Everyone who is installed, by name."""
    found: dict[str, Callable[[int], Strategy[Any]]] = {"Ray random search": RayRandom}
    if importlib.util.find_spec("optuna"):
        from ray.tune.search.optuna import OptunaSearch

        found["Optuna TPE"] = lambda seed: RaySearch(OptunaSearch(seed=seed))
    if importlib.util.find_spec("hyperopt"):
        from ray.tune.search.hyperopt import HyperOptSearch

        found["HyperOpt TPE"] = lambda seed: RaySearch(HyperOptSearch(random_state_seed=seed))
    if importlib.util.find_spec("smac"):
        found["SMAC"] = lambda seed: SMAC(seed, queries)
    return found | {
        f"nas_plugins {name}": lambda seed, name=name: get_strategy(name, SPACE, seed=seed)  # type: ignore[misc]
        for name in OURS
    }


def measure(make: Callable[[int], Strategy[Any]], table: Benchmark[Any], runs: int, queries: int) -> str:
    """A line of figures of one contender on one table."""
    optimum = table.optimum()[1]
    found, seconds = [], []
    for seed in range(runs):
        strategy = Timed(make(seed))
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            scores = simulate(strategy, table, queries=queries).scores
        found.append(next((n for n, score in enumerate(scores, 1) if score >= optimum), np.inf))
        seconds.append(strategy.seconds / strategy.asked)
    solved = np.isfinite(found).mean()
    median = np.median(found)
    samples = f"{median:.0f}" if np.isfinite(median) else f"> {queries}"
    return f"{samples:>8}{100 * solved:>10.0f} %{statistics.median(seconds):>14.4f}"


def main() -> None:
    """Print a line per table and contender."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=10)
    parser.add_argument("--queries", type=int, default=150)
    parser.add_argument("--tables", nargs="*", default=["cifar10", "imagenet16-120"])
    parser.add_argument("--only", nargs="*", help="Names of contenders, such as 'Optuna TPE'.")
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")
    logging.disable(logging.WARNING)
    everyone = contenders(arguments.queries)
    print(f"{arguments.runs} runs, {arguments.queries} unique cells each at most", flush=True)
    print(f"{'contender':36}{'table':16}{'median':>8}{'solved':>12}{'s/suggestion':>14}", flush=True)
    for name in arguments.only or everyone:
        for dataset in arguments.tables:
            table = load_benchmark(f"nasbench201/{dataset}")
            line = measure(everyone[name], table, arguments.runs, arguments.queries)
            print(f"{name:36}{dataset:16}{line}", flush=True)
    print(f"load at the end: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")


if __name__ == "__main__":
    main()
