"""Every strategy in every host with every kind of trial: the runs behind ``docs/compatibility.md``.

``python -m tests.compatibility`` writes the document; ``test_compatibility.py`` runs each cell of it.
"""

import atexit
import json
import math
import shutil
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from nas_plugins.evaluation import load_benchmark
from nas_plugins.evaluation.training import Training, TrainingSettings
from nas_plugins.spaces import NASBench201
from nas_plugins.strategies import get_strategy
from nas_plugins.strategies.registry import STRATEGIES
from nas_plugins.strategy_factory import strategy_factory

DOCUMENT = Path(__file__).parents[1] / "docs" / "compatibility.md"
SPACE = NASBench201()
SETTINGS = {"epochs": 1, "channels": 2, "batch_size": 8}
NUMBER = 2
"""Trials of each run."""

Trial = Callable[[str], float]
"""From an architecture's text to its accuracy."""


@cache
def images() -> Any:
    """Thirty small pictures of noise."""
    from tests.tune.catalogue import noise_dataset

    return noise_dataset()


@cache
def image_file() -> str:
    """The same pictures as a file."""
    folder = Path(tempfile.mkdtemp(prefix="compatibility-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    np.savez(folder / "noise.npz", images=images().images, labels=images().labels)
    return str(folder / "noise.npz")


def table(text: str) -> float:
    """Look an accuracy up."""
    return load_benchmark("nasbench201/cifar10").score(SPACE.parse(text))


def training(text: str) -> float:
    """Train for an epoch."""
    return Training(SPACE.parse(text), SPACE, images(), TrainingSettings(**SETTINGS)).finish()


def in_a_loop(strategy: str, trial: Trial) -> list[float]:
    """Plain ask and tell."""
    search = get_strategy(strategy, SPACE, seed=0, images_by_class=images().images_by_class())
    scores = []
    for _ in range(NUMBER):
        architecture = search.ask()
        scores.append(trial(str(architecture)))
        search.tell(architecture, scores[-1])
    return scores


def dataset_for(strategy: str) -> Any:
    """Images for strategies that look at any."""
    from nas_plugins.strategies.registry import looks_at_images

    return images() if looks_at_images(strategy) else None


def in_optuna(strategy: str, trial: Trial) -> list[float]:
    """A study of Optuna."""
    import optuna

    from nas_plugins.optuna import StrategySampler, suggest_architecture

    sampler = StrategySampler(strategy, seed=0, dataset=dataset_for(strategy))
    study = optuna.create_study(direction="maximize", sampler=sampler)
    study.optimize(lambda t: trial(str(suggest_architecture(t))), n_trials=NUMBER)
    return [float(t.value if t.value is not None else math.nan) for t in study.trials]


def in_nni(strategy: str, trial: Trial) -> list[float]:
    """NNI's own dispatcher of commands."""
    from nas_plugins.nni import StrategyTuner, final_result
    from tests.nni.dispatching import Dispatching

    dispatching = Dispatching(StrategyTuner(strategy, seed=0, dataset=dataset_for(strategy)))
    scores = []
    for _ in range(NUMBER):
        (job,) = dispatching.request(1)
        architecture = job["parameters"]["architecture"]
        scores.append(trial(architecture))
        dispatching.final(job, json.loads(json.dumps(final_result(architecture, scores[-1]))))
        dispatching.end(job)
    return scores


def in_ray(strategy: str, trial: Trial) -> list[float]:
    """Ray Tune's searcher and trainable classes, in this process."""
    from nas_plugins.tune import StrategySearcher
    from nas_plugins.tune.trainables import TableTrial, TrainingTrial

    searcher = StrategySearcher(strategy=strategy_factory(strategy, dataset_for(strategy)), metric="accuracy", seed=0)
    scores = []
    for number in range(NUMBER):
        config = searcher.suggest(str(number))
        assert isinstance(config, dict)
        if trial is table:
            trainable: Any = TableTrial(config | {"table": "nasbench201/cifar10"})
        else:
            trainable = TrainingTrial(config | SETTINGS | {"dataset": image_file()})
        result = trainable.train()
        trainable.stop()
        searcher.on_trial_complete(str(number), result)
        scores.append(result["accuracy"])
    return scores


HOSTS = {"ask and tell": in_a_loop, "Ray Tune": in_ray, "NNI 3.0": in_nni, "Optuna": in_optuna}
TRIALS: dict[str, Trial] = {"table": table, "training": training}
NAMES = (*STRATEGIES, "metad2a+bayesian")
CELLS = tuple((strategy, host, trial) for strategy in NAMES for host in HOSTS for trial in TRIALS)


def document() -> str:
    """The table, a row per strategy."""
    columns = [f"{host}, {trial}" for host in HOSTS for trial in TRIALS]
    lines = [
        "# What runs where",
        "",
        "Written by `python -m tests.compatibility`. Each cell is a run of `tests/test_compatibility.py`: the strategy",
        "proposes inside the host's own classes, the trial looks the accuracy up or trains, and the strategy is told.",
        "Real experiments of NNI with its server, and runs of Ray with its workers, are in",
        "`tests/nni/test_live_experiments.py` and `tests/tune/test_ray_runs.py`.",
        "",
        f"| strategy | {' | '.join(columns)} |",
        f"| --- |{' --- |' * len(columns)}",
    ]
    for strategy in NAMES:
        proven = ["yes" if (strategy, host, trial) in CELLS else "" for host in HOSTS for trial in TRIALS]
        lines.append(f"| `{strategy}` | {' | '.join(proven)} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    DOCUMENT.write_text(document(), encoding="utf-8")
