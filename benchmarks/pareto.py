"""Score against multiply-adds on the NAS-Bench-201 tables: how much of the best trade-offs each search finds.

    nice python benchmarks/pareto.py --runs 10 --queries 150 --json pareto.json
    python benchmarks/pareto.py --tables nasbench201/cifar100 nasbench201/imagenet16-120 --picture docs/pareto.png

A query is a cell whose validation accuracy after 200 epochs (mean over seeds) is looked up for the first time. Reported
is the hypervolume of the queries in percent of that of the table's front, counted from the lowest accuracy and the
highest multiply-adds of the table; mean over runs with the 95 % interval. Nothing was tuned on these figures. Optuna's
samplers see the six choices of a cell and the same two objectives, at their default settings, population included; a
cell they ask for again is answered and not counted. Finished runs are kept in the JSON file and not computed again.

With ``--picture`` nothing is measured: the fronts of the tables are drawn beside those that ``pareto`` and ``random``
find with 50 queries, in one run of the seed.
"""

import argparse
import json
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from nas_plugins.evaluation import load_benchmark, mean_interval, simulate
from nas_plugins.evaluation.simulation_plan import derive_seeds
from nas_plugins.evaluation.trade_offs import TradeOffs
from nas_plugins.plots import draw_accuracy_over_cost
from nas_plugins.reproduction.nasbench201_targets import HEADINGS
from nas_plugins.spaces.files import write_json
from nas_plugins.strategies import ParetoSearch, get_strategy

AT = (50, 100, 150)
Queries = tuple[list[Any], list[float]]


def by_strategy(build: Callable[[TradeOffs, int], Any]) -> Callable[..., Queries]:
    """Queries of one of our strategies."""

    def run(table: Any, trade_offs: TradeOffs, queries: int, seed: int) -> Queries:
        done = simulate(build(trade_offs, seed), table, queries=queries)
        return list(done.architectures), list(done.scores)

    return run


def by_optuna(sampler: str) -> Callable[..., Queries]:
    """Queries of a multi-objective sampler of Optuna."""

    def run(table: Any, trade_offs: TradeOffs, queries: int, seed: int) -> Queries:
        import optuna

        optuna.logging.set_verbosity(optuna.logging.ERROR)
        warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
        study = optuna.create_study(
            directions=["maximize", "minimize"], sampler=getattr(optuna.samplers, sampler)(seed=seed)
        )
        found: dict[Any, float] = {}
        asked = 0
        while len(found) < queries and asked < 20 * queries:
            asked += 1
            trial = study.ask()
            choices = table.space.choices().items()
            cell = table.space.from_choices(
                {name: trial.suggest_categorical(name, options) for name, options in choices}
            )
            found.setdefault(cell, table.score(cell))
            study.tell(trial, [found[cell], trade_offs.cost(cell)])
        return list(found), list(found.values())

    return run


METHODS: dict[str, Callable[..., Queries]] = {
    "pareto": by_strategy(lambda trade_offs, seed: ParetoSearch(trade_offs.cost.space, [trade_offs.cost], seed=seed)),
    "bayesian (accuracy alone)": by_strategy(
        lambda trade_offs, seed: get_strategy("bayesian", trade_offs.cost.space, seed=seed)
    ),
    "random": by_strategy(lambda trade_offs, seed: get_strategy("random", trade_offs.cost.space, seed=seed)),
    "Optuna NSGA-II": by_optuna("NSGAIISampler"),
    "Optuna MOTPE": by_optuna("TPESampler"),
}


def draw(tables: list[str], seed: int, picture: Path) -> Path:
    """Fronts of the tables and of one run of two searches each; points below half of the best score are left out."""
    panels: dict[str, dict[str, list[tuple[float, float]]]] = {}
    for name in tables:
        table = load_benchmark(name)
        trade_offs = TradeOffs(table)
        fronts = {"table": trade_offs.front}
        for method in ("pareto", "random"):
            fronts[method] = trade_offs.of(*METHODS[method](table, trade_offs, AT[0], seed))
        least = max(score for score, _ in trade_offs.front.values) / 2
        dataset = name.rpartition("/")[2]
        panels[HEADINGS.get(dataset, dataset)] = {
            method: [(cost / 1e6, score) for score, cost in front.values if score > least]
            for method, front in fronts.items()
        }
    title = f"NAS-Bench-201: the best trade-offs, and those found with {AT[0]} queries"
    return draw_accuracy_over_cost(panels, picture, title=title, accuracy="validation accuracy (%)", steps=True)


def main() -> None:
    """Run, print and save."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tables", nargs="+", default=["nasbench201/cifar10", "nasbench201/cifar100"])
    parser.add_argument("--methods", nargs="+", default=list(METHODS), choices=list(METHODS))
    parser.add_argument("--runs", type=int, default=10)
    parser.add_argument("--queries", type=int, default=150)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", type=Path, default=Path("results/pareto.json"))
    parser.add_argument("--picture", type=Path, metavar="FILE", help="Draw fronts to a .png or .svg, measure nothing.")
    arguments = parser.parse_args()
    if arguments.picture:
        print(draw(arguments.tables, arguments.seed, arguments.picture))
        return
    kept = json.loads(arguments.json.read_text()) if arguments.json.is_file() else {}
    for name in arguments.tables:
        table = load_benchmark(name)
        trade_offs = TradeOffs(table)
        print(f"{name}: {table.description}; front of {len(trade_offs.front)} cells, reference {trade_offs.reference}")
        for method in arguments.methods:
            curves = []
            for seed in derive_seeds(arguments.seed, arguments.runs):
                key = f"{name} | {method} | {seed} | {arguments.queries}"
                if key not in kept:
                    start = time.process_time()
                    queried = METHODS[method](table, trade_offs, arguments.queries, seed)
                    seconds = time.process_time() - start
                    kept[key] = {"coverage": trade_offs.coverage(*queried), "processor_seconds": seconds}
                    write_json(arguments.json, kept)
                curves.append(kept[key])
            figures = []
            for at in AT:
                values = np.array([curve["coverage"][min(at, len(curve["coverage"])) - 1] for curve in curves])
                figures.append(f"{values.mean():6.2f} ± {mean_interval(values):.2f}")
            seconds = np.mean([curve["processor_seconds"] for curve in curves])
            print(f"  {method:26} {' | '.join(figures)}   {seconds:.1f} processor seconds per run", flush=True)


if __name__ == "__main__":
    main()
