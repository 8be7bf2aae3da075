"""Does the order of MobileNetV3's networks carry over to datasets left out? The prior of MetaD2A, fitted without each.

    python benchmarks/prior_transfer.py RECORDS.parquet [MORE.parquet ...]

For each dataset the prior is fitted to the tasks of all others (Tiny ImageNet's parts are one dataset) and asked about
the records of this one: the correlation of its scores with the accuracies, in standard deviations from their task's
mean, and the share of pairs of a task that it puts in order, 0.5 by chance. Where files have several protocols, the
last rows are of each. No pictures are needed.
"""

import argparse
import re
from collections.abc import Iterable
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

from nas_plugins.spaces import MobileNetV3
from nas_plugins.strategies.metad2a import SourceDatabase
from nas_plugins.strategies.metad2a.architecture_prior import ArchitecturePrior
from nas_plugins.strategies.metad2a.pairs_in_order import pairs_in_order
from nas_plugins.strategies.metad2a.training_records import TrainingRecord, TrainingRecords

SPACE = MobileNetV3()

Judged = tuple[np.ndarray, np.ndarray, np.ndarray]
"""Scores, outcomes, and which pairs are in order."""


def main() -> None:
    """Print a line per dataset and one for all."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("records", type=Path, nargs="+")
    arguments = parser.parse_args()
    records = [record for path in arguments.records for record in TrainingRecords.load(path)]
    table = Table("dataset left out", "tasks", "records", "correlation", "pairs in order", title="prior of the others")
    protocols = sorted({record.protocol for record in records})
    found: dict[str, list[Judged]] = {protocol: [] for protocol in protocols}
    for dataset in sorted({whole(record) for record in records}):
        prior = ArchitecturePrior.fit_to_records(SPACE, database(r for r in records if whole(r) != dataset))
        own = [record for record in records if whole(record) == dataset]
        here = []
        for protocol in {record.protocol for record in own}:
            here.append(judged(prior, database(r for r in own if r.protocol == protocol)))
            found[protocol].append(here[-1])
        table.add_row(dataset, str(len({(r.protocol, r.task) for r in own})), *figures(here))
    table.add_row("all", "", *figures([one for own in found.values() for one in own]))
    for protocol in protocols if len(protocols) > 1 else ():
        table.add_row(f"all, {protocol.split(',')[0]}", "", *figures(found[protocol]))
    Console().print(table)


def figures(found: list[Judged]) -> tuple[str, str, str]:
    """Number of records, correlation with its standard error by chance, and share of pairs in order."""
    scores, outcomes, right = map(np.concatenate, zip(*found, strict=True))
    error = 1 / len(scores) ** 0.5
    return str(len(scores)), f"{correlation(scores, outcomes):.3f} ± {error:.3f}", f"{np.mean(right):.3f}"


def whole(record: TrainingRecord) -> str:
    """The dataset that a part is of."""
    return re.sub(r"_part\d+$", "", record.dataset)


def database(records: Iterable[TrainingRecord]) -> SourceDatabase:
    """The records by task, tasks under different protocols apart; without pictures."""
    chosen = list(records)
    keys = [(record.protocol, record.task) for record in chosen]
    row = {key: number for number, key in enumerate(dict.fromkeys(keys))}
    return SourceDatabase(
        (),
        ((),) * len(row),
        np.array([row[key] for key in keys]),
        tuple(record.architecture for record in chosen),
        np.array([record.accuracy for record in chosen]),
    )


def judged(prior: ArchitecturePrior, own: SourceDatabase) -> Judged:
    """Scores and accuracies of the records, both from their task's mean, and which pairs are in order."""
    scores, outcomes, right = [], [], []
    for texts, accuracies in own.comparable():
        if accuracies.std() > 0:
            said = prior.score([SPACE.parse(text) for text in texts])
            scores.append(said - said.mean())
            outcomes.append((accuracies - accuracies.mean()) / accuracies.std())
            right.append(pairs_in_order(said, accuracies))
    return np.concatenate(scores), np.concatenate(outcomes), np.concatenate(right)


def correlation(first: np.ndarray, second: np.ndarray) -> float:
    """Pearson's."""
    return float(np.corrcoef(first, second)[0, 1])


if __name__ == "__main__":
    main()
