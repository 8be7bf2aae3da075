"""How good are MetaD2A's proposals for a dataset it has never seen, beside the baselines that embarrass papers?

    python benchmarks/zero_shot.py IMAGES TABLE [--split test] [--seeds 10]

IMAGES are pictures of the target (a folder of class folders or an .npz file), TABLE names where accuracies on it are
recorded: `nasbench201/cifar10` for validation accuracy, `FILE.npz/cifar10` with `--split test` for a converted official
file, or a .csv file with the columns `architecture` and `score`.

Protocol: only the rows "best of n" look anything up on the target, the first n proposals, of which they report the best
by the table. The rows copied from ImageNet16-120 know its whole table, as MetaD2A's meta-training does. Mean, standard
deviation and 95 % interval of the mean are over seeds.
"""

import argparse
from collections.abc import Callable, Sequence
from itertools import combinations
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table
from scipy.stats import rankdata
from sklearn.linear_model import Ridge
from sklearn.preprocessing import OneHotEncoder

from nas_plugins.datasets import load_dataset
from nas_plugins.evaluation import Benchmark, load_benchmark, mean_interval
from nas_plugins.spaces import NASBench201
from nas_plugins.spaces.nasbench201 import Cell
from nas_plugins.strategies import MetaD2A, RandomSearch, Strategy

SOURCE = "nasbench201/imagenet16-120"


def asked(strategy: Strategy[Cell], count: int) -> list[Cell]:
    """The first proposals of a strategy that learns nothing from scores."""
    return [strategy.ask() for _ in range(count)]


def copied_argmax() -> Cell:
    """The best cell on ImageNet16-120."""
    best, _ = load_benchmark(SOURCE).optimum()
    return best


def copied_ridge(space: NASBench201) -> Cell:
    """The best cell by a ridge regression on pairs of operations, fitted to the ranks in ImageNet16-120's table.

    Ranks, because dead cells would otherwise dominate the squared error: fitted to accuracies, the same ridge picks a
    cell with 93.19 and 69.51 % test accuracy on CIFAR-10 and CIFAR-100 instead of 94.30 and 73.14 %.
    """
    source, cells = load_benchmark(SOURCE), list(space)
    pairs = [
        [f"{cell.operations[a]}+{cell.operations[b]}" for a, b in combinations(range(len(cell.operations)), 2)]
        for cell in cells
    ]
    features = OneHotEncoder().fit_transform(pairs)
    model = Ridge(alpha=1.0).fit(features, rankdata([source.score(cell) for cell in cells]))
    return cells[int(np.argmax(model.predict(features)))]


def row(name: str, lookups: str, scores: Sequence[float]) -> list[str]:
    """One line of the table."""
    values = np.asarray(scores)
    if len(values) == 1 or np.ptp(values) == 0:
        return [name, lookups, f"{values[0]:.2f}", "", ""]
    std = values.std(ddof=1)
    return [name, lookups, f"{values.mean():.2f}", f"{std:.2f}", f"± {mean_interval(values):.2f}"]


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("images")
    parser.add_argument("table")
    parser.add_argument("--split", default="validation")
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--weights", default=None, help="other MetaD2A weights than the shipped ones")
    arguments = parser.parse_args()

    space = NASBench201()
    target: Benchmark[Any] = load_benchmark(arguments.table, space=space, split=arguments.split)
    images = load_dataset(arguments.images).train_test()[0].images_by_class()
    strategies: dict[str, Callable[[int], Strategy[Cell]]] = {
        "MetaD2A": lambda seed: MetaD2A(space, images, seed=seed, weights=arguments.weights),
        "random search": lambda seed: RandomSearch(space, seed=seed),
    }
    scores = {
        name: np.array([[target.score(cell) for cell in asked(make(seed), 30)] for seed in range(arguments.seeds)])
        for name, make in strategies.items()
    }
    table = Table("method", "look-ups", target.score_name, "std", "95 % interval", title=target.description)
    table.add_row(*row("one random cell", "0", scores["random search"][:, 0]))
    table.add_row(*row("ImageNet16-120's best cell", "0", [target.score(copied_argmax())]))
    table.add_row(*row("ridge on operation pairs, ImageNet16-120", "0", [target.score(copied_ridge(space))]))
    table.add_row(*row("MetaD2A, top 1", "0", scores["MetaD2A"][:, 0]))
    for count in (5, 30):
        for name, found in scores.items():
            table.add_row(*row(f"{name}, best of {count}", str(count), found[:, :count].max(axis=1)))
    table.add_row(*row("optimum of the table", "15,625", [target.optimum()[1]]))
    Console().print(table)


if __name__ == "__main__":
    main()
