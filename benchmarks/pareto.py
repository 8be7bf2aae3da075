"""Score against multiply-adds on the NAS-Bench-201 tables: how much of the best trade-offs each search finds.

    nice python benchmarks/pareto.py --runs 10 --queries 150 --json pareto.json

A query is a cell whose validation accuracy after 200 epochs (mean over seeds) is looked up for the first time. Reported
is the hypervolume of the queries in percent of that of the table's front, counted from the lowest accuracy and the
highest multiply-adds of the table; mean over runs with the 95 % interval. Nothing was tuned on these figures. Optuna's
samplers see the six choices of a cell and the same two objectives, at their default settings, population included; a
cell they ask for again is answered and not counted. Finished runs are kept in the JSON file and not computed again.
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


def main() -> None:
    """Run, print and save."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tables", nargs="+", default=["nasbench201/cifar10", "nasbench201/cifar100"])
    parser.add_argument("--methods", nargs="+", default=list(METHODS), choices=list(METHODS))
    parser.add_argument("--runs", type=int, default=10)
    parser.add_argument("--queries", type=int, default=150)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", type=Path, default=Path("results/pareto.json"))
    arguments = parser.parse_args()
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
