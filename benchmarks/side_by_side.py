"""Cells looked up until the best one is found, and seconds per suggestion: ours beside what Ray Tune users pick.

    pip install optuna hyperopt smac 'syne-tune[extra]'
    python benchmarks/side_by_side.py [--runs 10] [--tables cifar10 imagenet16-120] [--only NAME ...] [--json FILE]

Every contender searches the same table (mean validation accuracy after 200 epochs, which must become optimal) one cell
at a time, and each cell counts once: what is suggested again is told again and costs nothing, and who has made ten
times as many suggestions as there are queries is at its end. Optuna's and HyperOpt's TPE and Ray's random search are
Ray's own searchers over the six choices, with the settings they come with; SMAC is its hyperparameter facade (random
forest), and Syne Tune its conformal quantile regression (CQR, the searcher of its own examples), BORE, regularised
evolution (REA) and BoTorch, each through ask and tell. The last keeps suggesting what it knows (four cells in the 300
suggestions of one run on CIFAR-10), and CQR takes minutes a run: name the wanted with ``--only``.
``default`` is given no images and proposes for the average source task first; the tables of ImageNet16-120 and of
CIFAR-100 are known to what MetaD2A was trained on in part (its card says how), so that its rows are no cold starts.

Median and mean are of the look-ups up to and including the best cell, those of a run that did not find it being all it
made; a suggestion's seconds are processor time of ask and tell together over all suggestions, repeated ones included;
one thread. What is not installed is left out. Each line is printed when it is done, and with ``--json`` finished runs
are kept and not computed again.
"""

import argparse
import contextlib
import importlib.util
import io
import json
import logging
import os
import statistics
import tempfile
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np

from nas_plugins.evaluation import Benchmark, load_benchmark, simulate
from nas_plugins.spaces import NASBench201
from nas_plugins.spaces.errors import SearchExhausted
from nas_plugins.spaces.files import write_json
from nas_plugins.strategies import Strategy, get_strategy
from nas_plugins.tune import choices_param_space

SPACE = NASBench201()
SYNE_TUNE = ("CQR", "BORE", "REA", "BOTorch")
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


class SyneTune(Outsider):
    """A baseline of Syne Tune, through its ask and tell."""

    def __init__(self, name: str, seed: int) -> None:
        from syne_tune.config_space import choice
        from syne_tune.optimizer import baselines
        from syne_tune.optimizer.schedulers.ask_tell_scheduler import AskTellScheduler

        np.random.seed(seed)  # noqa: NPY002  # some of its draws are from the global generator
        space = {name: choice(list(options)) for name, options in SPACE.choices().items()}
        scheduler = getattr(baselines, name)(space, metric="accuracy", do_minimize=False, random_seed=seed)
        self._scheduler = AskTellScheduler(scheduler)
        self._pending: dict[Any, Any] = {}

    def ask(self) -> Any:
        """Its next trial."""
        trial = self._scheduler.ask()
        cell = SPACE.from_choices(trial.config)
        self._pending[cell] = trial
        return cell

    def tell(self, architecture: Any, score: float) -> None:
        """Its trial completes."""
        self._scheduler.tell(self._pending.pop(architecture), {"accuracy": score})


class Timed(Outsider):
    """Counts the processor seconds of another strategy, and ends it after ``most`` suggestions."""

    def __init__(self, strategy: Strategy[Any], most: int) -> None:
        self._strategy = strategy
        self._most = most
        self.seconds = 0.0
        self.asked = 0

    def ask(self) -> Any:
        """Ask, by the clock."""
        if self.asked >= self._most:
            raise SearchExhausted(f"wanted at most {self._most} suggestions, and they have all been made")
        start = time.process_time()
        try:
            return self._strategy.ask()
        finally:
            self.seconds += time.process_time() - start
            self.asked += 1

    def tell(self, architecture: Any, score: float) -> None:
        """Tell, by the clock."""
        start = time.process_time()
        self._strategy.tell(architecture, score)
        self.seconds += time.process_time() - start


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
    if importlib.util.find_spec("syne_tune"):
        for name in SYNE_TUNE:
            found[f"Syne Tune {name}"] = lambda seed, name=name: SyneTune(name, seed)  # type: ignore[misc]
    return found | {
        f"nas_plugins {name}": lambda seed, name=name: get_strategy(name, SPACE, seed=seed)  # type: ignore[misc]
        for name in OURS
    }


def measure(strategy: Timed, table: Benchmark[Any], queries: int) -> dict[str, Any]:
    """One run: look-ups until the best cell or ``None``, look-ups made, suggestions, processor seconds."""
    optimum = table.optimum()[1]
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        scores = simulate(strategy, table, queries=queries).scores
    found = next((n for n, score in enumerate(scores, 1) if score >= optimum), None)
    return {"found": found, "queries": len(scores), "suggestions": strategy.asked, "seconds": strategy.seconds}


def summary(runs: list[dict[str, Any]]) -> str:
    """A line of figures of one contender's runs on one table."""
    found = [run["found"] or np.inf for run in runs]
    most = max(run["queries"] for run in runs)
    median = np.median(found)
    samples = f"{median:.0f}" if np.isfinite(median) else f"> {most}"
    mean = np.mean([run["found"] or run["queries"] for run in runs])
    solved = 100 * np.isfinite(found).mean()
    seconds = statistics.median(run["seconds"] / run["suggestions"] for run in runs)
    repeated = 100 * (1 - sum(run["queries"] for run in runs) / sum(run["suggestions"] for run in runs))
    return f"{samples:>8}{mean:>8.1f}{solved:>8.0f} %{repeated:>8.0f} %{seconds:>14.4f}"


def main() -> None:
    """Print a line per table and contender."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=10)
    parser.add_argument("--queries", type=int, default=150)
    parser.add_argument("--tables", nargs="*", default=["cifar10", "imagenet16-120"])
    parser.add_argument("--only", nargs="*", help="Names of contenders, such as 'Optuna TPE'.")
    parser.add_argument("--json", type=Path, help="Where finished runs are kept.")
    arguments = parser.parse_args()
    kept = json.loads(arguments.json.read_text()) if arguments.json and arguments.json.is_file() else {}
    warnings.simplefilter("ignore")
    logging.disable(logging.WARNING)
    everyone = contenders(arguments.queries)
    print(f"{arguments.runs} runs, {arguments.queries} unique cells each at most", flush=True)
    print(f"{'contender':36}{'table':16}{'median':>8}{'mean':>8}{'solved':>10}{'repeated':>10}{'s/suggestion':>14}")
    for name in arguments.only or everyone:
        for dataset in arguments.tables:
            table = load_benchmark(f"nasbench201/{dataset}")
            runs = []
            for seed in range(arguments.runs):
                key = f"{dataset} | {name} | {seed} | {arguments.queries}"
                if key not in kept:
                    timed = Timed(everyone[name](seed), 10 * arguments.queries)
                    kept[key] = measure(timed, table, arguments.queries)
                    if arguments.json:
                        write_json(arguments.json, kept)
                runs.append(kept[key])
            print(f"{name:36}{dataset:16}{summary(runs)}", flush=True)
    print(f"load at the end: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")


if __name__ == "__main__":
    main()
