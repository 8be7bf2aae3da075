"""Is the latent space of MobileNetV3 any use? Searches in it and without it, on objectives made up for the purpose.

    python benchmarks/latent_mobilenetv3.py [--runs 20] [--queries 100] [--only NAME...]

Objectives: how near a network's multiply-adds (224 pixels, 1,000 classes) come to 200 or to 300 million, and sums of
random worths, a normal one for each kernel and each expansion at each place of each unit and one of twice the deviation
for each depth of each unit. None has noise. Reported is the regret after the queries: the best of the 50,000 networks
that the latent space knows, less the best found, in standard deviations of the objective over the 50,000; it is below
zero where a search of the whole space finds a better one. Runs have the seeds 0, 1, 2, ...
"""

import argparse
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

from nas_plugins.spaces import MobileNetV3
from nas_plugins.spaces.arch2vec import Arch2Vec
from nas_plugins.spaces.mobilenetv3 import Subnet
from nas_plugins.spaces.mobilenetv3.subnet import DEPTHS, EXPANSIONS, KERNELS, MOST, UNITS
from nas_plugins.strategies import RandomSearch, Strategy, get_strategy

AMONG = "random, among the 50,000"
STRATEGIES = ("random", AMONG, "regularized_evolution", "bayesian", "reinforce", "arch2vec_rl", "arch2vec_bo")
SPACE = MobileNetV3()

Objective = Callable[[Subnet], float]


def main() -> None:
    """Print a table of mean regrets with their standard deviations over runs."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=20)
    parser.add_argument("--queries", type=int, default=100)
    parser.add_argument("--only", nargs="*", default=STRATEGIES, help="Names of strategies.")
    arguments = parser.parse_args()
    part = Arch2Vec.pretrained("mobilenetv3").space
    objectives: dict[str, Objective] = {
        "200 M": partial(nearness, 200e6),
        "300 M": partial(nearness, 300e6),
        "sum 1": additive(1),
        "sum 2": additive(2),
    }
    scales = {name: (max(values), float(np.std(values))) for name, values in listed(objectives, part).items()}
    table = Table("strategy", *objectives, title=f"regret after {arguments.queries} queries, {arguments.runs} runs")
    for strategy in arguments.only:
        cells = []
        for name, objective in objectives.items():
            best, deviation = scales[name]
            regrets = [
                (best - search(build(strategy, part, seed), objective, arguments.queries, best, deviation)) / deviation
                for seed in range(arguments.runs)
            ]
            cells.append(f"{np.mean(regrets):.3f} ± {np.std(regrets, ddof=1):.3f}")
        table.add_row(strategy, *cells)
    Console().print(table)


def nearness(multiply_adds: float, network: Subnet) -> float:
    """Minus the distance to a number of multiply-adds."""
    return -abs(SPACE.cost(network, 1000).multiply_adds - multiply_adds)


def additive(seed: int) -> Objective:
    """A sum of random worths of the settings."""
    rng = np.random.default_rng(seed)
    kernels, expansions = (rng.normal(size=(UNITS, MOST, 3)) for _ in range(2))
    depths = 2 * rng.normal(size=(UNITS, len(DEPTHS)))

    def worth(network: Subnet) -> float:
        total = 0.0
        for unit, layers in enumerate(network.units):
            total += depths[unit, DEPTHS.index(len(layers))]
            for place, (kernel, expansion) in enumerate(layers):
                total += kernels[unit, place, KERNELS.index(kernel)]
                total += expansions[unit, place, EXPANSIONS.index(expansion)]
        return total

    return worth


def listed(objectives: dict[str, Objective], part: Any) -> dict[str, list[float]]:
    """Every objective of every network of the part."""
    return {name: [objective(network) for network in part] for name, objective in objectives.items()}


def build(name: str, part: Any, seed: int) -> Strategy[Any]:
    """A strategy by its name, in the whole space, which searches in a latent space know a part of."""
    return RandomSearch(part, seed=seed) if name == AMONG else get_strategy(name, SPACE, seed=seed)


def search(strategy: Strategy[Any], objective: Objective, queries: int, best: float, deviation: float) -> float:
    """The best value found; scores told are on the scale of percent, 100 for the best of the part."""
    found = []
    for _ in range(queries):
        network = strategy.ask()
        found.append(objective(network))
        strategy.tell(network, 100 + 10 * (found[-1] - best) / deviation)
    return max(found)


if __name__ == "__main__":
    main()
