"""The datasets of Table 1 that no table records, MNIST and Oxford pets: a few cells are trained on each, briefly."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from nas_plugins.reproduction.baselines import copied_argmax, copied_ridge
from nas_plugins.reproduction.options import Options
from nas_plugins.reproduction.published import METAD2A_TABLE_1
from nas_plugins.reproduction.report import Figure, ResultTable, Row
from nas_plugins.reproduction.short_training import Job, train_all
from nas_plugins.reproduction.targets import NAMES, load_target
from nas_plugins.spaces import NASBench201
from nas_plugins.strategies import MetaD2A

if TYPE_CHECKING:
    from nas_plugins.datasets import ImageDataset
    from nas_plugins.evaluation.training import TrainingSettings

DATASETS = ("mnist", "oxford_pets_3breeds")
SEEDS, RANDOM_CELLS, CANDIDATES, EPOCHS = 3, 6, 50, 8
_TRAININGS = "trainings"


def training_protocol(options: Options) -> list[str]:
    """How the second table comes about, a sentence each."""
    return [
        f"MNIST and Oxford pets: real trainings, {options.epochs or EPOCHS} epochs with one cell per stage and 16 "
        "channels, otherwise as in NAS-Bench-201, no flips; the paper trains 50 (MNIST) or 200 epochs with five cells "
        "per stage on the whole datasets, so that only our rows compare with each other.",
        f"MetaD2A: {CANDIDATES} candidates as in the paper, the first proposal of each of {SEEDS} runs, trained with a "
        f"seed of its own; {RANDOM_CELLS} random cells, one training each; the two cells copied from ImageNet16-120 "
        f"with {SEEDS} seeds each. Accuracy of the last epoch on held-out images.",
    ]


def training_settings(options: Options) -> "TrainingSettings":
    """The one short protocol all cells are trained with."""
    from nas_plugins.evaluation.training import TrainingSettings

    return TrainingSettings(epochs=options.epochs or EPOCHS, cells=1, channels=16)


def training_table(options: Options, space: NASBench201) -> ResultTable:
    """Train the cells, or take them from the record of an earlier run, and report."""
    datasets = {name: load_target(options.images, name) for name in DATASETS}
    jobs = {name: _jobs(name, dataset, space, options) for name, dataset in datasets.items()}
    accuracies = train_all(
        [job for of_dataset in jobs.values() for of_method in of_dataset.values() for job in of_method],
        datasets,
        training_settings(options),
        options.output / "trainings.json",
        processes=options.processes,
        progress=lambda done, total: options.on_step("trainings", done, total),
    )
    rows = [
        Row(
            method,
            {NAMES[name]: Figure.of([accuracies[job] for job in jobs[name][method]]) for name in DATASETS},
            {_TRAININGS: str(len(jobs[DATASETS[0]][method]))},
        )
        for method in jobs[DATASETS[0]]
    ]
    rows += [
        Row(method, {NAMES[name]: figures[name] for name in DATASETS}, published=True)
        for method, figures in METAD2A_TABLE_1.items()
        if set(DATASETS) <= figures.keys()
    ]
    return ResultTable(
        "Accuracy (%) on datasets never seen, trained",
        (_TRAININGS,),
        tuple(NAMES[name] for name in DATASETS),
        tuple(rows),
    )


def _jobs(name: str, dataset: "ImageDataset", space: NASBench201, options: Options) -> dict[str, Sequence[Job]]:
    """What is trained on a dataset, by method."""
    images = dataset.train_test()[0].images_by_class()
    seeds = [options.seed + number for number in range(SEEDS)]
    rng = np.random.default_rng(options.seed)
    top = [
        MetaD2A(space, images, candidates=CANDIDATES, top=1, seed=seed, weights=options.weights).ask() for seed in seeds
    ]
    return {
        "random cells": [Job(name, str(space.sample(rng)), seeds[number % SEEDS]) for number in range(RANDOM_CELLS)],
        "ImageNet16-120's best cell": [Job(name, str(copied_argmax()), seed) for seed in seeds],
        "ridge on ImageNet16-120": [Job(name, str(copied_ridge()), seed) for seed in seeds],
        "MetaD2A, top 1": [Job(name, str(cell), seed) for cell, seed in zip(top, seeds, strict=True)],
    }
