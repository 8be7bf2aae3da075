"""Which short training protocol tells most about the order of cells per second? The figures behind `collect`'s defaults.

    python benchmarks/collection_protocol.py PROBE.csv IMAGES... [--output FOLDER]

PROBE.csv holds longer trainings of some cells on some datasets (columns dataset, ops, test_accuracy_percent), IMAGES the
datasets by the same names. Every cell of the probe is trained under each protocol; the rank correlation with the probe
says how much of the longer trainings' order the protocol shows. As many records as a second buys, times the square of
that correlation, is what it is worth: the variance it explains. Trainings are kept in FOLDER and not repeated.
"""

import argparse
import csv
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import torch
from rich.console import Console
from rich.table import Table
from scipy.stats import spearmanr

from nas_plugins.datasets import load_dataset
from nas_plugins.evaluation.collection import CollectionSettings, SourceTask
from nas_plugins.evaluation.training import Training
from nas_plugins.spaces import NASBench201
from nas_plugins.spaces.files import read_json, write_json
from nas_plugins.spaces.nasbench201.cell import OPERATIONS, Cell

PROTOCOLS = {
    "16 px, 12,000 passes": CollectionSettings(image_size=16, passes=12_000),
    "16 px, 36,000 passes": CollectionSettings(image_size=16, passes=36_000),
    "32 px, 4,000 passes": CollectionSettings(image_size=32, passes=4_000, least_epochs=2),
    "32 px, 12,000 passes": CollectionSettings(image_size=32, passes=12_000),
}


def train(path: str, ops: str, protocol: str) -> tuple[float, float]:
    """Accuracy in percent and seconds of one training."""
    torch.set_num_threads(1)
    dataset = load_dataset(path)
    classes = dataset.class_names[:20]
    images = SourceTask(dataset.name, classes, 1500, 0).draw(dataset)
    cell = Cell(tuple(OPERATIONS[int(digit)] for digit in ops))
    settings = PROTOCOLS[protocol].training(len(images.train_test()[0]))
    training = Training(cell, NASBench201(), images, settings)
    result: dict[str, float] = {}
    seconds = 0.0
    while not training.finished:
        result = training.epoch()
        seconds += result["seconds"]
    return result["accuracy"], seconds


def main() -> None:
    """Train what is missing, print the table, draw the curve."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("probe", type=Path)
    parser.add_argument("images", nargs="+")
    parser.add_argument("--output", type=Path, default=Path("results/collection-protocol"))
    parser.add_argument("--processes", type=int, default=2)
    arguments = parser.parse_args()
    paths = {Path(path).stem: path for path in arguments.images}
    with arguments.probe.open(newline="", encoding="utf-8") as file:
        probe = {
            (row["dataset"], row["ops"]): float(row["test_accuracy_percent"])
            for row in csv.DictReader(file)
            if row["dataset"] in paths
        }
    kept = arguments.output / "trainings.json"
    done: dict[str, list[float]] = read_json(kept) if kept.exists() else {}
    missing = [(p, d, o) for p in PROTOCOLS for d, o in probe if f"{p}|{d}|{o}" not in done]
    with ProcessPoolExecutor(arguments.processes) as pool:
        jobs = {(p, d, o): pool.submit(train, paths[d], o, p) for p, d, o in missing}
        for (protocol, dataset, ops), job in jobs.items():
            done[f"{protocol}|{dataset}|{ops}"] = list(job.result())
            write_json(kept, done)

    table = Table("protocol", "seconds", *paths, "mean", "records/hour x correlation²")
    points = []
    for protocol in PROTOCOLS:
        seconds = np.mean([done[f"{protocol}|{d}|{o}"][1] for d, o in probe])
        correlations = []
        for dataset in paths:
            cells = [o for d, o in probe if d == dataset]
            measured = [done[f"{protocol}|{dataset}|{o}"][0] for o in cells]
            correlations.append(float(spearmanr(measured, [probe[dataset, o] for o in cells])[0]))
        mean = float(np.mean(correlations))
        worth = 3600 / seconds * max(mean, 0) ** 2
        points.append((seconds, mean, protocol))
        table.add_row(protocol, f"{seconds:.1f}", *(f"{c:.2f}" for c in correlations), f"{mean:.2f}", f"{worth:.0f}")
    Console().print(table)
    figure, axes = plt.subplots(figsize=(6, 4), layout="constrained")
    for seconds, mean, protocol in points:
        axes.plot(seconds, mean, "o", color="#2a78d6")
        axes.annotate(protocol, (seconds, mean), xytext=(6, 4), textcoords="offset points")
    axes.set(
        xlabel="seconds per training, one core", ylabel="rank correlation with the longer trainings", xlim=(0, None)
    )
    axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(arguments.output / "curve.png", dpi=150)


if __name__ == "__main__":
    main()
