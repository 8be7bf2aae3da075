"""Queries to the best validation cell of NAS-Bench-201: strategies alone, and after MetaD2A.

    python benchmarks/warm_start.py [--images FOLDER] [--runs 10] [--queries 150]

The search is guided by the mean validation accuracy after 200 epochs, noise-free, and that is what must become optimal;
distinct cells are counted. FOLDER holds cifar10.npz and cifar100.npz, which MetaD2A looks at; without, it proposes for
the average source task. ImageNet16-120's table is a source of MetaD2A's weights: after a warm start, that
table is not searched from scratch.
"""

import argparse
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

from nas_plugins.datasets import load_dataset
from nas_plugins.evaluation import load_benchmark, simulate_many
from nas_plugins.strategies import get_strategy

STRATEGIES = ("random", "local_search", "regularized_evolution", "bayesian", "dngo")
TABLES = ("cifar10", "cifar100", "imagenet16-120")


def main() -> None:
    """Print a table of medians and shares."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--images", type=Path)
    parser.add_argument("--runs", type=int, default=10)
    parser.add_argument("--queries", type=int, default=150)
    parser.add_argument("--only", nargs="*", help="Names of strategies, such as bayesian or metad2a+bayesian.")
    arguments = parser.parse_args()
    title = f"median queries to the optimum (share of {arguments.runs} runs within {arguments.queries})"
    table = Table("strategy", *TABLES, title=title)
    for name in arguments.only or [*STRATEGIES, *(f"metad2a+{then}" for then in STRATEGIES)]:
        cells = []
        for dataset in TABLES:
            file = None if arguments.images is None else arguments.images / f"{dataset}.npz"
            images = (
                load_dataset(file).train_test()[0].images_by_class() if file is not None and file.exists() else None
            )
            benchmark = load_benchmark(f"nasbench201/{dataset}")
            simulation = simulate_many(
                lambda seed, name=name, space=benchmark.space, images=images: get_strategy(  # type: ignore[misc]
                    name, space, seed=seed, images_by_class=images
                ),
                benchmark,
                arguments.runs,
                0,
                queries=arguments.queries,
            )
            found = [
                next((n for n, score in enumerate(run.scores, 1) if score >= simulation.optimum[1]), np.inf)
                for run in simulation.runs
            ]
            median = np.median(found)
            share = np.mean(np.isfinite(found))
            cells.append(f"{median:.0f} ({100 * share:.0f} %)" if np.isfinite(median) else f"- ({100 * share:.0f} %)")
        table.add_row(name, *cells)
    Console().print(table)


if __name__ == "__main__":
    main()
