"""What a cheaper training protocol still tells of the order of cells: the figures behind the collected records.

    python benchmarks/collection_protocol.py [RECORDS.parquet] [--output FOLDER]

Trainings of the same cell on the same task under two protocols or more are compared: how the deviations from the task's
mean, in units of its spread, correlate with those of the dearest protocol, and what a training costs. A protocol's
worth is the records that an hour buys times the squared correlation, the share of the order that they explain.
"""

import argparse
from collections import defaultdict
from importlib import resources
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from rich.console import Console
from rich.table import Table

from nas_plugins.strategies.metad2a.training_records import TrainingRecord, TrainingRecords

_FLOOR = 0.5  # percent: tasks on which all cells do equally well shall not count for their noise


def main() -> None:
    """Print the table and draw the curve."""
    shipped = resources.files("nas_plugins.strategies.metad2a") / "records" / "nasbench201.parquet"
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("records", nargs="?", type=Path, default=Path(str(shipped)))
    parser.add_argument("--output", type=Path, default=Path("results/collection-protocol"))
    arguments = parser.parse_args()
    by_protocol: dict[str, dict[tuple[object, ...], TrainingRecord]] = defaultdict(dict)
    for record in TrainingRecords.load(arguments.records):
        by_protocol[record.protocol][record.architecture, *record.task, record.seed] = record
    common = sorted(set.intersection(*map(set, by_protocol.values())), key=str)
    if len(by_protocol) < 2 or len(common) < 3:
        raise SystemExit("wanted records of the same trainings under two protocols or more, found too few")
    seconds = {name: float(np.mean([own[key].seconds for key in common])) for name, own in by_protocol.items()}
    dearest = max(seconds, key=lambda name: seconds[name])
    reference = deviations([by_protocol[dearest][key] for key in common])

    table = Table("protocol", "seconds", "correlation", "records/hour x correlation²", title=f"{len(common)} trainings")
    figure, axes = plt.subplots(figsize=(6, 4), layout="constrained")
    shared = set.intersection(*(set(name.split(",")) for name in by_protocol))
    for name, own in by_protocol.items():
        label = ", ".join(part.replace("_", " ") for part in name.split(",") if part not in shared)
        correlation = float(np.corrcoef(reference, deviations([own[key] for key in common]))[0, 1])
        worth = 3600 / seconds[name] * correlation**2
        table.add_row(label, f"{seconds[name]:.1f}", f"{correlation:.2f}", f"{worth:.0f}")
        axes.plot(seconds[name], correlation, "o", color="#2a78d6")
        axes.annotate(label, (seconds[name], correlation), xytext=(6, -10), textcoords="offset points", fontsize=7)
    Console().print(table)
    for name, own in by_protocol.items():
        print(f"{name}: {noise(list(own.values()))}")
    axes.set(xlabel="seconds per training", ylabel="correlation with the dearest protocol", ylim=(0, 1.05))
    axes.set_xlim(0, 1.4 * max(seconds.values()))
    axes.spines[["top", "right"]].set_visible(False)
    arguments.output.mkdir(parents=True, exist_ok=True)
    figure.savefig(arguments.output / "curve.png", dpi=150)


def noise(records: list[TrainingRecord]) -> str:
    """How much of the variance between cells of a task the finite number of test images explains."""
    by_task: dict[tuple[object, ...], list[TrainingRecord]] = defaultdict(list)
    for record in records:
        by_task[record.task].append(record)
    binomial, observed = [], []
    for own in by_task.values():
        shares = np.array([record.accuracy / 100 for record in own])
        binomial.append(float(np.mean(1e4 * shares * (1 - shares) / [record.test_images for record in own])))
        observed.append(float(np.var([record.accuracy for record in own], ddof=1)))
    swamped = np.mean(np.array(binomial) >= np.array(observed))
    return (
        f"{len(records)} trainings on {len(by_task)} tasks; binomial variance {np.mean(binomial):.1f} and variance "
        f"between cells {np.mean(observed):.1f}, points squared; the first is as large as the second on "
        f"{100 * swamped:.0f} % of the tasks"
    )


def deviations(records: list[TrainingRecord]) -> np.ndarray:
    """Accuracies minus their task's mean, in units of the task's standard deviation."""
    result = np.zeros(len(records))
    for task in {record.task for record in records}:
        rows = [row for row, record in enumerate(records) if record.task == task]
        accuracy = np.array([records[row].accuracy for row in rows])
        result[rows] = (accuracy - accuracy.mean()) / (accuracy.std() + _FLOOR)
    return result


if __name__ == "__main__":
    main()
