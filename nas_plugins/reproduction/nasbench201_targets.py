"""NAS-Bench-201's three datasets as the arch2vec paper searches them: budgets, guidance, reported accuracies."""

from dataclasses import replace
from typing import Any

import numpy as np

from nas_plugins.evaluation import Benchmark, load_benchmark
from nas_plugins.evaluation.enumerated_table import EnumeratedTable
from nas_plugins.reproduction.search_runs import Target
from nas_plugins.reproduction.targets import reported, reported_table
from nas_plugins.spaces.errors import InvalidArgument, UnansweredQuery
from nas_plugins.spaces.files import user_path
from nas_plugins.spaces.space import FiniteSearchSpace

HEADINGS = {"cifar10": "CIFAR-10", "cifar100": "CIFAR-100", "imagenet16-120": "ImageNet16-120"}
"""The datasets by the names of their tables."""

SECONDS = {"cifar10": 1.2e4, "cifar100": 5e5, "imagenet16-120": 1.4e6}
"""Budgets in seconds of training (Yan et al., 2020, appendix A.2)."""

_SHORT, _LONG = 12, 200  # epochs


def load_targets(tables: str | None) -> list[Target]:
    """The three targets.

    Args:
        tables: ``None`` for the package's validation accuracies; ``FILE.npz`` of ``nas-plugins convert``; or a folder
            with test accuracies in ``DATASET.csv`` and, where known, validation accuracies after 12 epochs in
            ``DATASET_12_epochs.csv``, columns ``architecture`` and ``score``.
    """
    return [_target(dataset, tables) for dataset in SECONDS]


def protocol(targets: list[Target], tables: str | None) -> list[str]:
    """Guidance, costs and what is reported, a sentence each."""
    return [*(f"{target.heading}: {target.guided_by}" for target in targets), reported(tables)]


def _target(dataset: str, tables: str | None) -> Target:
    guide, guided_by = _guide(dataset, tables)
    accuracies: dict[str, Benchmark[Any]] = {"validation": _reported_validation(dataset, tables)}
    if tables is not None:
        accuracies["test"] = reported_table(tables, dataset)
    return Target(dataset, HEADINGS[dataset], guide, SECONDS[dataset], accuracies, guided_by)


def _reported_validation(dataset: str, tables: str | None) -> Benchmark[Any]:
    return load_benchmark(f"nasbench201/{dataset}" if _csv_folder(tables) or tables is None else f"{tables}/{dataset}")


def _csv_folder(tables: str | None) -> bool:
    return tables is not None and user_path(tables).is_dir()


def _guide(dataset: str, tables: str | None) -> tuple[Benchmark[Any], str]:
    costs = load_benchmark(f"nasbench201/{dataset}")
    budget = f"budget {SECONDS[dataset]:,.0f} s of training"
    one_run: Benchmark[Any] = load_benchmark(f"nasbench201/{dataset}", seed=0)
    if dataset != "cifar10":
        return (
            _with_costs(one_run, costs, 1.0),
            f"guided by validation accuracy after 200 epochs, one training, as in the paper; {budget}.",
        )
    share = _SHORT / _LONG
    short = _short_validation(dataset, tables)
    if short is not None:
        return (
            _with_costs(short, costs, share),
            "guided by validation accuracy after 12 epochs, one training, as in the paper; a query costs 12/200 of the "
            f"recorded seconds of 200 epochs; {budget}.",
        )
    return (
        _with_costs(one_run, costs, share),
        "guided by validation accuracy after 200 epochs, one training, NOT after 12 as in the paper (give --tables "
        f"with 12 epochs); a query still costs 12/200 of the recorded seconds, so that there are as many; {budget}.",
    )


def _short_validation(dataset: str, tables: str | None) -> Benchmark[Any] | None:
    """Validation accuracies after 12 epochs, where they are on record."""
    if tables is None:
        return None
    if _csv_folder(tables):
        path = user_path(tables) / f"{dataset}_{_SHORT}_epochs.csv"
        return load_benchmark(path, space="nasbench201") if path.is_file() else None
    try:
        return load_benchmark(f"{tables}/{dataset}", split="validation", epochs=_SHORT)
    except UnansweredQuery:
        return None


def _with_costs(scores: Benchmark[Any], costs: Benchmark[Any], share: float) -> Benchmark[Any]:
    """Scores of one table with a share of the seconds of another, over all cells."""
    space = costs.space
    if not isinstance(space, FiniteSearchSpace):
        raise InvalidArgument(f"wanted a table over a space that can be enumerated, got {space.name}")
    setting = scores.setting
    return EnumeratedTable(
        costs.name,
        space,
        setting,
        scores={setting: np.array([_recorded(scores, cell) for cell in space])},
        seconds={replace(setting, seed="mean"): share * np.array([costs.seconds(cell) for cell in space], dtype=float)},
        advice="it was made for one question",
    )


def _recorded(table: Benchmark[Any], cell: Any) -> float:
    try:
        return table.score(cell)
    except UnansweredQuery:
        return float("nan")
