"""Queries to the best validation cell of NAS-Bench-201: strategies alone, and after MetaD2A.

    python benchmarks/warm_start.py [--images FOLDER] [--runs 10] [--queries 150] [--only NAME...]

The search is guided by the mean validation accuracy after 200 epochs, noise-free, and that is what must become optimal;
distinct cells are counted, and a run ends with the optimum. Runs have the seeds 0, 1, 2, ... FOLDER holds cifar10.npz
and cifar100.npz, which MetaD2A looks at; without, it proposes for the average source task. ImageNet16-120's table is a
source of MetaD2A's weights: after a warm start, that table is not searched from scratch.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from joblib import Parallel, delayed
from rich.console import Console
from rich.table import Table

from nas_plugins.datasets import load_dataset
from nas_plugins.evaluation import load_benchmark
from nas_plugins.strategies import get_strategy

STRATEGIES = ("random", "local_search", "regularized_evolution", "bayesian", "dngo")
TABLES = ("cifar10", "cifar100", "imagenet16-120")


def main() -> None:
    """Print a table of medians, quartiles and shares."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--images", type=Path)
    parser.add_argument("--runs", type=int, default=10)
    parser.add_argument("--queries", type=int, default=150)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--only", nargs="*", help="Names of strategies, such as bayesian or metad2a+bayesian.")
    arguments = parser.parse_args()
    title = f"median queries to the optimum, quartiles, share of {arguments.runs} runs within {arguments.queries}"
    table = Table("strategy", *TABLES, title=title)
    with Parallel(arguments.processes) as parallel:
        for name in arguments.only or [*STRATEGIES, *(f"metad2a+{then}" for then in STRATEGIES)]:
            cells = []
            for dataset in TABLES:
                images = images_of(arguments.images, dataset)
                found = parallel(
                    delayed(queries_to_optimum)(name, dataset, images, seed, arguments.queries)
                    for seed in range(arguments.runs)
                )
                low, median, high = np.quantile(found, [0.25, 0.5, 0.75], method="inverted_cdf")
                cells.append(f"{median:.0f}, {low:.0f} to {high:.0f}, {100 * np.mean(np.isfinite(found)):.0f} %")
            table.add_row(name, *cells)
    Console().print(table)


def images_of(folder: Path | None, dataset: str) -> list[Any] | None:
    """The training images of a dataset by class, where the folder has them."""
    file = None if folder is None else folder / f"{dataset}.npz"
    return load_dataset(file).train_test()[0].images_by_class() if file is not None and file.exists() else None


def queries_to_optimum(name: str, dataset: str, images: Sequence[Any] | None, seed: int, most: int) -> float:
    """How many distinct cells a run looks up, the best one included; infinite where it does not get there."""
    import torch

    torch.set_num_threads(1)
    benchmark = load_benchmark(f"nasbench201/{dataset}")
    optimum = benchmark.optimum()[1]
    strategy = get_strategy(name, benchmark.space, seed=seed, images_by_class=images)
    seen = set()
    while len(seen) < most:
        cell = strategy.ask()
        score = benchmark.score(cell)
        strategy.tell(cell, score)
        seen.add(cell)
        if score >= optimum:
            return float(len(seen))
    return np.inf


if __name__ == "__main__":
    main()
