"""Table 3 of arch2vec: searches on NAS-Bench-201's three datasets under a budget of training time."""

from typing import Any

import numpy as np

from nas_plugins.evaluation import Run
from nas_plugins.reproduction.nasbench201_targets import load_targets, protocol
from nas_plugins.reproduction.options import Options, Reproduction
from nas_plugins.reproduction.published import ARCH2VEC, ARCH2VEC_TABLE_3
from nas_plugins.reproduction.report import Figure, Report, ResultTable, Row
from nas_plugins.reproduction.search_methods import Method, get_methods
from nas_plugins.reproduction.search_runs import Target, chosen, regret_over_time, search

RUNS = 50
_QUERIES = "queries"

Found = dict[str, dict[str, list[Run[Any]]]]
"""Runs by name of the target and label of the method."""


def run(options: Options) -> Report:
    """Compute the table."""
    methods, targets, runs = get_methods(options.strategies), load_targets(options.tables), options.runs or RUNS
    found = search_all(targets, methods, runs, options)
    columns = {(t.name, split): f"{t.heading} {split}" for t in targets for split in t.reported}
    rows = [_row(method, targets, found, columns) for method in methods]
    rows.append(
        Row(
            "optimum",
            {
                columns[target.name, split]: Figure(table.optimum()[1])
                for target in targets
                for split, table in target.reported.items()
            },
        )
    )
    rows += [
        Row(method, {columns[place]: figure for place, figure in figures.items() if place in columns}, published=True)
        for method, figures in ARCH2VEC_TABLE_3.items()
    ]
    table = ResultTable(
        "Accuracy (%) of what the guide says is best", (_QUERIES,), tuple(columns.values()), tuple(rows)
    )
    split = targets[0].last
    shown = ResultTable(table.title, (), tuple(columns[t.name, split] for t in targets), table.rows)
    title = "Searches on NAS-Bench-201 under the budgets of arch2vec's table 3"
    pictures = (
        shown.draw(
            options.output / "table.png",
            title=title,
            subtitle=f"{split} accuracy (%), mean of {runs} runs with its 95 % interval; hollow: as published",
        ),
        draw_regrets(targets, found, options, title),
    )
    return Report(
        "arch2vec-table3",
        "Searches on NAS-Bench-201",
        f"{ARCH2VEC}, Table 3",
        (*search_protocol(runs, options), *protocol(targets, options.tables)),
        (table,),
        pictures,
    )


def search_all(targets: list[Target], methods: list[Method], runs: int, options: Options) -> Found:
    """Every method on every target."""
    return {
        target.name: {method.label: search(target, method, runs, options) for method in methods} for target in targets
    }


def search_protocol(runs: int, options: Options) -> list[str]:
    """How the searches come about, a sentence each."""
    return [
        f"{runs} runs from seed {options.seed}, one trial after the other, each architecture queried once; a training "
        "that would end after the budget is not started. Of each run the architecture with the highest guiding score "
        "is reported. Mean ± standard deviation over runs, [95 % interval of the mean].",
        "arch2vec-RL and arch2vec-BO follow the paper's settings on the latent space that ships with nas_plugins, "
        "which is not the authors'; REINFORCE is Dong and Yang's policy on choices. Where the published code departs "
        "from its text (no discount, the nearest cell never taken), RL follows the code.",
    ]


def _row(method: Method, targets: list[Target], found: Found, columns: dict[tuple[str, str], str]) -> Row:
    figures = {
        columns[target.name, split]: Figure.of([table.score(chosen(run)) for run in found[target.name][method.label]])
        for target in targets
        for split, table in target.reported.items()
    }
    queries = [np.mean([len(run.scores) for run in found[target.name][method.label]]) for target in targets]
    return Row(method.label, figures, {_QUERIES: " / ".join(f"{count:.0f}" for count in queries)})


def draw_regrets(targets: list[Target], found: Found, options: Options, title: str) -> Any:
    """Mean regret over training time, a panel for each target."""
    from nas_plugins.plots import RegretCurve, draw_regret

    panels = {}
    for target in targets:
        table = target.reported[target.last]
        panels[target.heading] = [
            RegretCurve(label, *regret_over_time(runs, table, target.seconds))
            for label, runs in found[target.name].items()
        ]
    return draw_regret(
        panels,
        options.output / "regret.png",
        title=title,
        regret_name=f"mean {targets[0].last} regret (%)",
    )


REPRODUCTION = Reproduction(
    "searches on NAS-Bench-201 (Table 3)", frozenset({"tables", "runs", "strategies", "processes"}), run
)
