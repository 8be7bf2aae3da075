"""Does the order of MobileNetV3's networks carry over to datasets left out? The prior of MetaD2A, fitted without each.

    python benchmarks/prior_transfer.py RECORDS.parquet [MORE.parquet ...] [--images DATASET ...]

For each dataset the prior is fitted to the tasks of all others (Tiny ImageNet's parts are one dataset) and asked about
the records of this one: the correlation of its scores with the accuracies, in standard deviations from their task's
mean, the same among networks of equal cost (what the logarithm of the multiply-adds explains is taken from both), the
correlation of that logarithm alone, the share of pairs of a task that it puts in order, 0.5 by chance, and by how many
standard deviations the record it likes best, and the best of the ten it likes best, are above one, and the best of ten,
of the task's records drawn at random (mean over tasks with 40 records or more, and its standard error); and how many
points of accuracy one standard deviation of its scores is worth. The last rows are of easier and harder tasks, by their
mean accuracy, and of each protocol where files have several. Without --images one order is learned for all kinds of
pictures; with the datasets of the records, an order that changes with the kind, as meta-training does.
"""

import argparse
import re
from collections.abc import Iterable, Mapping
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import numpy as np
from rich.console import Console
from rich.table import Table
from scipy.special import comb

from nas_plugins.datasets import load_dataset
from nas_plugins.spaces import MobileNetV3
from nas_plugins.strategies.image_features.extractors import get_extractor
from nas_plugins.strategies.metad2a import SourceDatabase
from nas_plugins.strategies.metad2a.architecture_prior import ArchitecturePrior
from nas_plugins.strategies.metad2a.feature_bank import feature_bank
from nas_plugins.strategies.metad2a.pairs_in_order import pairs_in_order
from nas_plugins.strategies.metad2a.training_records import TrainingRecord, TrainingRecords

SPACE = MobileNetV3()

_FIRST = 10  # that may be tried
_MANY = 40  # records of a task from which it can be told what trying them gains
_EASE = (0, 40, 60, 80, 90, 100)  # percent; tasks between two of them are reported together

Features = Mapping[tuple[str, str], np.ndarray]
"""Of the images of each class of a dataset."""


class Judged(NamedTuple):
    """What the prior says of a task's records and what came, all from their means, and which pairs are in order."""

    scores: np.ndarray
    outcomes: np.ndarray
    costs: np.ndarray
    right: np.ndarray
    mean: float
    spread: float


def main() -> None:
    """Print a line per dataset and one for all."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("records", type=Path, nargs="+")
    parser.add_argument("--images", type=Path, nargs="*", default=[], help="the datasets of the records")
    arguments = parser.parse_args()
    records = [record for path in arguments.records for record in TrainingRecords.load(path)]
    features = {key: own for path in arguments.images for key, own in features_of(path).items()}
    columns = (
        "tasks",
        "records",
        "correlation",
        "at equal cost",
        "multiply-adds",
        "pairs in order",
        "first",
        "best of ten",
        "points",
    )
    table = Table(
        "dataset left out",
        *columns,
        title=f"prior of the others, {'by kind of pictures' if features else 'one for all'}",
    )
    protocols = sorted({record.protocol for record in records})
    found: dict[str, list[list[Judged]]] = {protocol: [] for protocol in protocols}
    for dataset in sorted({whole(record) for record in records}):
        prior = ArchitecturePrior.fit_to_records(SPACE, database([r for r in records if whole(r) != dataset], features))
        own = [record for record in records if whole(record) == dataset]
        here = []
        for protocol in sorted({record.protocol for record in own}):
            here.append(judged(prior, database([r for r in own if r.protocol == protocol], features)))
            found[protocol].append(here[-1])
        table.add_row(dataset, str(len({(r.protocol, r.task) for r in own})), *figures(here))
    every = [task for own in found.values() for tasks in own for task in tasks]
    table.add_row("all", "", *figures([every]))
    for low, high in pairwise(_EASE):
        if between := [task for task in every if low < task.mean <= high]:
            table.add_row(f"tasks of {low} to {high} %", str(len(between)), *figures([between]))
    for protocol in protocols if len(protocols) > 1 else ():
        table.add_row(f"all, {','.join(protocol.split(',')[:2])}", "", *figures(found[protocol]))
    Console().print(table)


def figures(found: list[list[Judged]]) -> tuple[str, ...]:
    """Number of records, correlation with its standard error by chance, share of pairs in order, and what is gained."""
    judged = [task for tasks in found for task in tasks]
    scores, outcomes, costs, right = (np.concatenate([task[part] for task in judged]) for part in range(4))
    points = np.concatenate([task.spread * task.outcomes for task in judged])
    error = 1 / len(scores) ** 0.5
    gains = [
        np.array([gain(task.scores, task.outcomes, count) for task in judged if len(task.scores) >= _MANY])
        for count in (1, _FIRST)
    ]
    return (
        str(len(scores)),
        f"{correlation(scores, outcomes):.3f} ± {error:.3f}",
        f"{correlation(unexplained(scores, costs), unexplained(outcomes, costs)):.3f}",
        f"{correlation(costs, outcomes):.3f}",
        f"{np.mean(right):.3f}",
        *(f"{own.mean():.2f} ± {own.std() / len(own) ** 0.5:.2f}" if len(own) else "" for own in gains),
        f"{scores @ points / (scores @ scores) * scores.std():.2f}",
    )


def gain(scores: np.ndarray, outcomes: np.ndarray, count: int) -> float:
    """How far the best of the first so many by score is above what the best of as many random ones is on average."""
    first = outcomes[np.argsort(-scores, kind="stable")[:count]].max()
    ranks = np.arange(count, len(outcomes) + 1)  # of the largest of a draw without replacement, from the smallest on
    chances = comb(ranks - 1, count - 1) / comb(len(outcomes), count)
    return float(first - np.sort(outcomes)[count - 1 :] @ chances)


def whole(record: TrainingRecord) -> str:
    """The dataset that a part is of."""
    return re.sub(r"_part\d+$", "", record.dataset)


def features_of(path: Path) -> Features:
    """Features of a dataset's classes, as meta-training computes them."""
    dataset = load_dataset(path)
    images = {name: dataset.images[dataset.labels == label] for label, name in enumerate(dataset.class_names)}
    found = feature_bank(images, get_extractor("distilled"), np.random.default_rng(0))
    return {(dataset.name, name): own for name, own in found.items()}


def database(records: Iterable[TrainingRecord], features: Features) -> SourceDatabase:
    """The records by task, tasks under different protocols apart."""
    chosen = list(records)
    keys = [(record.protocol, record.task) for record in chosen]
    row = {key: number for number, key in enumerate(dict.fromkeys(keys))}
    named = [[(task[0], name) for name in task[1]] for _, task in row] if features else [[] for _ in row]
    position = {name: number for number, name in enumerate(dict.fromkeys(name for own in named for name in own))}
    return SourceDatabase(
        tuple(features[name] for name in position),
        tuple(tuple(position[name] for name in own) for own in named),
        np.array([row[key] for key in keys]),
        tuple(record.architecture for record in chosen),
        np.array([record.accuracy for record in chosen]),
    )


def judged(prior: ArchitecturePrior, own: SourceDatabase) -> list[Judged]:
    """The prior beside the records of each task that differ."""
    found = []
    means = own.comparable_features()
    for number, (texts, accuracies) in enumerate(own.comparable()):
        if accuracies.std() > 0:
            subnets = [SPACE.parse(text) for text in texts]
            said = prior.for_dataset(None if means is None else means[number]).score(subnets)
            cost = np.log([SPACE.cost(subnet, 1000).multiply_adds for subnet in subnets])
            outcomes = (accuracies - accuracies.mean()) / accuracies.std()
            found.append(
                Judged(
                    said - said.mean(),
                    outcomes,
                    cost - cost.mean(),
                    pairs_in_order(said, accuracies),
                    float(accuracies.mean()),
                    float(accuracies.std()),
                )
            )
    return found


def unexplained(values: np.ndarray, costs: np.ndarray) -> np.ndarray:
    """What a straight line through the origin does not explain by costs."""
    rest: np.ndarray = values - costs * (values @ costs) / (costs @ costs)
    return rest


def correlation(first: np.ndarray, second: np.ndarray) -> float:
    """Pearson's."""
    return float(np.corrcoef(first, second)[0, 1])


if __name__ == "__main__":
    main()
