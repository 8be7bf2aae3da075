"""Every strategy in every host with every kind of trial: the runs behind ``docs/compatibility.md``.

``python -m tests.compatibility`` writes the document; ``test_compatibility.py`` runs each cell of it.
"""

import atexit
import json
import math
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from nas_plugins.evaluation import load_benchmark
from nas_plugins.evaluation.training import Training, TrainingSettings
from nas_plugins.spaces import MobileNetV3, NASBench201
from nas_plugins.strategies import get_strategy
from nas_plugins.strategies.registry import STRATEGIES
from nas_plugins.strategy_factory import strategy_factory

DOCUMENT = Path(__file__).parents[1] / "docs" / "compatibility.md"
SPACE = NASBench201()
SUPERNET_SPACE = MobileNetV3()
SUPERNET_SETTINGS = {"image_size": 32, "latency_passes": 0, "device": "cpu"}
SETTINGS = {"epochs": 1, "channels": 2, "batch_size": 8}
NUMBER = 2
"""Trials of each run."""


@dataclass(frozen=True)
class Trial:
    """One kind of trial.

    Args:
        space: What its architectures are of.
        run: From an architecture's text to its accuracy.
    """

    space: Any
    run: Callable[[str], float]


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


@cache
def supernet_file() -> str:
    """Weights of a small supernet, drawn at random."""
    import torch

    from nas_plugins.spaces.mobilenetv3.checkpoint import save_supernet
    from nas_plugins.spaces.mobilenetv3.supernet import Supernet

    with torch.random.fork_rng():
        torch.manual_seed(0)
        return str(save_supernet(Path(image_file()).with_name("tiny.safetensors"), Supernet(3, width=0.1)))


@cache
def evaluation() -> Any:
    """The small supernet on the pictures."""
    from nas_plugins.evaluation.supernet_evaluation import SupernetEvaluation
    from nas_plugins.evaluation.supernet_settings import SupernetSettings
    from nas_plugins.spaces.mobilenetv3.checkpoint import load_supernet

    settings = SupernetSettings.from_config(SUPERNET_SETTINGS)
    return SupernetEvaluation(load_supernet(supernet_file()), images(), settings)


def supernet(text: str) -> float:
    """Evaluate as a part of a supernet."""
    accuracy: float = evaluation().evaluate(SUPERNET_SPACE.parse(text))["accuracy"]
    return accuracy


TRIALS = {
    "table": Trial(SPACE, table),
    "training": Trial(SPACE, training),
    "supernet": Trial(SUPERNET_SPACE, supernet),
}


def in_a_loop(strategy: str, trial: Trial) -> list[float]:
    """Plain ask and tell."""
    search = get_strategy(strategy, trial.space, seed=0, images_by_class=images().images_by_class())
    scores = []
    for _ in range(NUMBER):
        architecture = search.ask()
        scores.append(trial.run(str(architecture)))
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

    sampler = StrategySampler(strategy, trial.space, seed=0, dataset=dataset_for(strategy))
    study = optuna.create_study(direction="maximize", sampler=sampler)
    study.optimize(lambda t: trial.run(str(suggest_architecture(t, trial.space))), n_trials=NUMBER)
    return [float(t.value if t.value is not None else math.nan) for t in study.trials]


def in_nni(strategy: str, trial: Trial) -> list[float]:
    """NNI's own dispatcher of commands."""
    from nas_plugins.nni import StrategyTuner, final_result
    from tests.nni.dispatching import Dispatching

    dispatching = Dispatching(StrategyTuner(strategy, trial.space, seed=0, dataset=dataset_for(strategy)))
    scores = []
    for _ in range(NUMBER):
        (job,) = dispatching.request(1)
        architecture = job["parameters"]["architecture"]
        scores.append(trial.run(architecture))
        dispatching.final(job, json.loads(json.dumps(final_result(architecture, scores[-1]))))
        dispatching.end(job)
    return scores


def in_ray(strategy: str, trial: Trial) -> list[float]:
    """Ray Tune's searcher and trainable classes, in this process."""
    from nas_plugins.tune import StrategySearcher
    from nas_plugins.tune.supernet_trial import SupernetTrial
    from nas_plugins.tune.trainables import TableTrial, TrainingTrial

    factory = strategy_factory(strategy, dataset_for(strategy))
    searcher = StrategySearcher(trial.space, strategy=factory, metric="accuracy", seed=0)
    scores = []
    for number in range(NUMBER):
        config = searcher.suggest(str(number))
        assert isinstance(config, dict)
        if trial.run is table:
            trainable: Any = TableTrial(config | {"table": "nasbench201/cifar10"})
        elif trial.run is supernet:
            own = {"supernet": supernet_file(), "dataset": image_file()}
            trainable = SupernetTrial(config | own | SUPERNET_SETTINGS)
        else:
            trainable = TrainingTrial(config | SETTINGS | {"dataset": image_file()})
        result = trainable.train()
        trainable.stop()
        searcher.on_trial_complete(str(number), result)
        scores.append(result["accuracy"])
    return scores


HOSTS = {"ask and tell": in_a_loop, "Ray Tune": in_ray, "NNI 3.0": in_nni, "Optuna": in_optuna}
NAMES = (*STRATEGIES, "metad2a+bayesian")

CELLS = tuple((strategy, host, trial) for strategy in NAMES for host in HOSTS for trial in TRIALS)


def document() -> str:
    """The table, a row per strategy."""
    columns = [f"{host}, {trial}" for host in HOSTS for trial in TRIALS]
    lines = [
        "# What runs where",
        "",
        "Written by `python -m tests.compatibility`. Each cell is a run of `tests/test_compatibility.py`: the strategy",
        "proposes inside the host's own classes, the trial looks the accuracy up or trains (NAS-Bench-201), or",
        "evaluates a part of a supernet (MobileNetV3), and the strategy is told. Real experiments of NNI with its",
        "server are in `tests/nni/test_live_experiments.py`, runs of Ray with its workers in",
        "`tests/tune/test_ray_runs.py`; what is survived is in [hosts.md](hosts.md).",
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
