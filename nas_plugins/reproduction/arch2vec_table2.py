"""Table 2 of arch2vec: searches on NAS-Bench-101, for whoever has its table."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from nas_plugins.evaluation import Run
from nas_plugins.reproduction.arch2vec_table3 import RUNS, search_protocol
from nas_plugins.reproduction.nasbench101_targets import (
    BEST_TEST,
    PublishedCurve,
    load_target,
    published_curves,
    usable_methods,
)
from nas_plugins.reproduction.options import Options, Reproduction
from nas_plugins.reproduction.published import ARCH2VEC, ARCH2VEC_TABLE_2
from nas_plugins.reproduction.report import Figure, Report, ResultTable, Row
from nas_plugins.reproduction.search_methods import get_methods
from nas_plugins.reproduction.search_runs import Target, chosen, search

_QUERIES = "queries"
_TEST, _REGRET = "test accuracy", "test regret"


def run(options: Options) -> Report:
    """Compute the table."""
    methods, curves = get_methods(options.strategies), published_curves(options.source)
    target, runs = load_target(options.tables), options.runs or RUNS
    methods, left_out = usable_methods(methods)
    found = {method.label: search(target, method, runs, options) for method in methods}
    table = final_table(target, found, curves)
    picture = table.draw(
        options.output / "table.png",
        title="Searches on NAS-Bench-101",
        subtitle=f"percent, mean of {runs} runs with its 95 % interval; hollow: as published, mean of 500",
    )
    return Report(
        "arch2vec-table2",
        "Searches on NAS-Bench-101",
        f"{ARCH2VEC}, Table 2",
        (*search_protocol(runs, options), f"{target.heading}: {target.guided_by}", *left_out),
        (table,),
        (picture,),
    )


def final_table(target: Target, found: dict[str, list[Run[Any]]], curves: Sequence[PublishedCurve]) -> ResultTable:
    """What the runs end with, ours, the paper's table, and the ends of the authors' curves."""
    test = target.reported["test"]
    best = test.optimum()[1]
    rows = []
    for label, runs in found.items():
        accuracies = np.array([test.score(chosen(run)) for run in runs])
        queries = float(np.mean([len(run.scores) for run in runs]))
        figures = {_TEST: Figure.of(accuracies), _REGRET: Figure.of(best - accuracies)}
        rows.append(Row(label, figures, {_QUERIES: f"{queries:.0f}"}))
    rows.append(Row("optimum", {_TEST: Figure(best), _REGRET: Figure(0.0)}))
    rows += [
        Row(label, {_TEST: Figure(accuracy, runs=500)}, {_QUERIES: queries}, published=True)
        for label, (queries, accuracy) in ARCH2VEC_TABLE_2.items()
    ]
    rows += [
        Row(
            f"{curve.label}, end of its curve",
            {
                _TEST: Figure(BEST_TEST - float(curve.regret[-1]), runs=500),
                _REGRET: Figure(float(curve.regret[-1]), runs=500),
            },
            {_QUERIES: str(len(curve.time))},
            published=True,
        )
        for curve in curves
    ]
    return ResultTable("At the end of the budget (%)", (_QUERIES,), (_TEST, _REGRET), tuple(rows))


REPRODUCTION = Reproduction(
    "searches on NAS-Bench-101 (Table 2); needs its table",
    frozenset({"tables", "source", "runs", "strategies", "processes"}),
    run,
)
