"""Table 1 of MetaD2A: what is found on datasets that were never seen, beside the baselines."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nas_plugins.evaluation import Benchmark, simulate
from nas_plugins.evaluation.simulation import derive_seeds
from nas_plugins.reproduction.baselines import copied_argmax, copied_ridge
from nas_plugins.reproduction.drawing import model_name
from nas_plugins.reproduction.metad2a_table1_training import DATASETS as TRAINED
from nas_plugins.reproduction.metad2a_table1_training import training_protocol, training_table
from nas_plugins.reproduction.options import Options, Reproduction
from nas_plugins.reproduction.published import METAD2A, METAD2A_TABLE_1
from nas_plugins.reproduction.report import Figure, Report, ResultTable, Row
from nas_plugins.reproduction.targets import (
    NAMES,
    check_images,
    reported,
    reported_table,
    target_images,
    validation_table,
)
from nas_plugins.spaces import NASBench201
from nas_plugins.spaces.nasbench201 import Cell
from nas_plugins.strategies import MetaD2A, RandomSearch
from nas_plugins.strategies.registry import get_strategy

DATASETS = ("cifar10", "cifar100")
RUNS, CANDIDATES, TOP = 10, 500, 30
_LOOK_UPS, _CHOSEN = "look-ups", "chosen by"
# Left out of the picture, in which they would press all others together.
_FAR_BELOW = frozenset({"one random cell", "ResNet-56", "RSPS", "SETN", "PC-DARTS"})
_PUBLISHED_LOOK_UPS = {"MetaD2A, best of 30": "30"}


@dataclass(frozen=True)
class _Target:
    """One dataset with a recorded accuracy of every cell.

    Args:
        images: Its training images, class by class.
        table: The accuracies reported.
        validation: Validation accuracies.
    """

    images: list[NDArray[np.uint8]]
    table: Benchmark[Any]
    validation: Benchmark[Any]

    def best(self, cells: Sequence[Cell], choose: Benchmark[Any]) -> float:
        """The reported accuracy of the cell that another table, or the same, says is best."""
        return self.table.score(max(cells, key=choose.score))


def run(options: Options) -> Report:
    """Compute the table."""
    space = NASBench201()
    runs, candidates = options.runs or RUNS, options.candidates or CANDIDATES
    check_images(options.images, (*DATASETS, *(TRAINED if options.train else ())))
    targets = {
        dataset: _Target(
            target_images(options.images, dataset), reported_table(options.tables, dataset), validation_table(dataset)
        )
        for dataset in DATASETS
    }
    figures = _figures(targets, space, runs, candidates, options)
    rows = [
        Row(method, by_dataset, {_LOOK_UPS: look_ups, _CHOSEN: chosen})
        for (method, look_ups, chosen), by_dataset in figures.items()
    ]
    rows += [
        Row(
            method,
            {name: by_dataset[name] for name in DATASETS},
            {
                _LOOK_UPS: _PUBLISHED_LOOK_UPS.get(method, "-"),
                _CHOSEN: "test" if method in _PUBLISHED_LOOK_UPS else "-",
            },
            published=True,
        )
        for method, by_dataset in METAD2A_TABLE_1.items()
        if set(DATASETS) <= by_dataset.keys()
    ]
    tables = [
        ResultTable(
            "Accuracy (%) on datasets never seen, looked up",
            (_LOOK_UPS, _CHOSEN),
            tuple(NAMES[name] for name in DATASETS),
            tuple(_named(row) for row in rows),
        )
    ]
    protocol = [
        reported(options.tables),
        f"{runs} runs from seed {options.seed}: mean ± standard deviation [95 % interval of the mean]; "
        f"MetaD2A generates up to {candidates} distinct cells per run and ranks them; {model_name(options.weights)}",
        "Look-ups are of the target's table. Rows without any are zero-shot; those of 5 and 30 say which accuracy "
        "chose among the cells looked up. Chosen by the accuracy that is reported means an oracle, as in the paper.",
        "The rows of ImageNet16-120 know its whole validation table (argmax; a ridge on pairs of operations, fitted "
        "to ranks), which MetaD2A's source database was drawn from, too.",
    ]
    if options.train:
        table = training_table(options, space)
        tables.append(table)
        protocol += training_protocol(options)
    picture = tables[0].draw(
        options.output / "table.png",
        title="MetaD2A on datasets it has never seen",
        subtitle="test accuracy (%)" if options.tables else "validation accuracy (%), published rows: test accuracy",
        shown=lambda row: row.method not in _FAR_BELOW,
    )
    return Report(
        "metad2a-table1",
        "Performance on unseen datasets",
        f"{METAD2A}, Table 1",
        tuple(protocol),
        tuple(tables),
        (picture,),
    )


def _figures(
    targets: dict[str, _Target], space: NASBench201, runs: int, candidates: int, options: Options
) -> dict[tuple[str, str, str], dict[str, Figure]]:
    """Figures by (method, look-ups, chosen by) and dataset."""
    found: dict[tuple[str, str, str], dict[str, Figure]] = {}
    argmax, ridge = copied_argmax(), copied_ridge()
    for dataset, target in targets.items():
        choosers = {"validation": target.validation}
        if options.tables is not None:
            choosers["test"] = target.table

        def put(method: str, look_ups: str, chosen: str, values: Sequence[float], dataset: str = dataset) -> None:
            found.setdefault((method, look_ups, chosen), {})[dataset] = Figure.of(values)

        metad2a: list[list[Cell]] = []
        random: list[list[Cell]] = []
        for done, seed in enumerate(derive_seeds(options.seed, runs), start=1):
            strategy = MetaD2A(space, target.images, candidates=candidates, top=TOP, seed=seed, weights=options.weights)
            metad2a.append([proposal.architecture for proposal in strategy.proposals])
            search = RandomSearch(space, seed=seed)
            random.append([search.ask() for _ in range(TOP)])
            options.on_step(f"proposals for {NAMES[dataset]}", done, runs)
        put("one random cell", "0", "-", [target.table.score(cells[0]) for cells in random])
        put("ImageNet16-120's best cell", "0", "-", [target.table.score(argmax)])
        put("ridge on ImageNet16-120", "0", "-", [target.table.score(ridge)])
        put("MetaD2A, top 1", "0", "-", [target.table.score(cells[0]) for cells in metad2a])
        for count in (5, TOP):
            for name, drawn in (("MetaD2A", metad2a), ("random search", random)):
                for chosen, choose in choosers.items():
                    values = [target.best(cells[:count], choose) for cells in drawn]
                    put(f"{name}, best of {count}", str(count), chosen, values)
        for chosen, choose in choosers.items():
            values = []
            for seed in derive_seeds(options.seed, runs):
                climb = simulate(get_strategy("local_search", space, seed=seed), choose, queries=TOP)
                values.append(target.best(climb.architectures, choose))
            put("local search", str(TOP), chosen, values)
        put("optimum", f"{len(space):,}", list(choosers)[-1], [target.table.optimum()[1]])
    return found


def _named(row: Row) -> Row:
    """The row with the datasets called as people call them."""
    figures = {NAMES[dataset]: figure for dataset, figure in row.figures.items()}
    chosen = (row.details or {}).get(_CHOSEN, "-")
    note = "" if row.published or chosen == "-" or row.method == "optimum" else f"by {chosen}"
    return Row(row.method, figures, row.details, row.published, note)


REPRODUCTION = Reproduction(
    "performance on unseen datasets (Table 1)",
    frozenset({"images", "tables", "weights", "runs", "candidates", "epochs", "train", "processes"}),
    run,
)
