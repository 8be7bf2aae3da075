"""Table 3 of MetaD2A: generator and predictor, each without the other."""

from functools import partial
from typing import Any

import numpy as np

from nas_plugins.evaluation import Benchmark
from nas_plugins.evaluation.simulation import derive_seeds
from nas_plugins.reproduction.drawing import (
    distinct_cells,
    draw_cells,
    draw_views,
    load_model,
    model_name,
    random_cells,
    ranked,
)
from nas_plugins.reproduction.options import Options, Reproduction
from nas_plugins.reproduction.published import METAD2A, METAD2A_TABLE_3
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

DATASETS = ("cifar10", "cifar100")
RUNS, CANDIDATES, TOP = 10, 500, 30
_REPORTED = "reported"
_TOP_1, _BEST = "top 1, no look-up", f"best of {TOP}"
_BY_VALIDATION = f"best of {TOP} by validation"


def run(options: Options) -> Report:
    """Compute the table."""
    runs, candidates = options.runs or RUNS, options.candidates or CANDIDATES
    space = NASBench201()
    model = load_model(options.weights, space)
    check_images(options.images, DATASETS)
    reporting = {dataset: reported_table(options.tables, dataset) for dataset in DATASETS}
    values: dict[tuple[str, str], dict[str, list[float]]] = {}
    for dataset, table in reporting.items():
        images, validation = target_images(options.images, dataset), validation_table(dataset)
        for done, seed in enumerate(derive_seeds(options.seed, runs), start=1):
            rng = np.random.default_rng(seed)
            views = draw_views(model, images, rng)
            generated = distinct_cells(partial(draw_cells, model, views, rng, space), candidates)
            random = distinct_cells(partial(random_cells, rng, space), candidates)
            arms = {
                "random": random[:TOP],
                "generator only": generated[:TOP],
                "predictor only": ranked(model, views, random, space, TOP),
                "generator and predictor": ranked(model, views, generated, space, TOP),
            }
            for arm, cells in arms.items():
                for kind, score in _scores(cells, table, validation, by_validation=options.tables is not None).items():
                    values.setdefault((arm, kind), {}).setdefault(NAMES[dataset], []).append(score)
            options.on_step(f"runs on {NAMES[dataset]}", done, runs)
    kinds = list(dict.fromkeys(kind for _, kind in values))
    rows: list[Row] = []
    for kind in kinds:
        rows += [
            Row(arm, {name: Figure.of(scores) for name, scores in by_dataset.items()}, {_REPORTED: kind}, note=kind)
            for (arm, of_kind), by_dataset in values.items()
            if of_kind == kind
        ]
    rows += [
        Row(arm, {NAMES[name]: figure for name, figure in figures.items()}, {_REPORTED: _BEST}, True, _BEST)
        for arm, figures in METAD2A_TABLE_3.items()
    ]
    columns = tuple(NAMES[name] for name in DATASETS)
    result = ResultTable("Accuracy (%)", (_REPORTED,), columns, tuple(rows))
    picture = result.draw(
        options.output / "table.png",
        title="Generator and predictor, each without the other",
        subtitle="test accuracy (%)" if options.tables else "validation accuracy (%), published rows: test accuracy",
        # One random cell is so far below that it would press all others together.
        shown=lambda row: (row.method, row.note) != ("random", _TOP_1),
    )
    return Report(
        "metad2a-table3",
        "Ablation of generator and predictor",
        f"{METAD2A}, Table 3",
        (
            reported(options.tables),
            f"{runs} runs from seed {options.seed}: mean ± standard deviation [95 % interval of the mean]; "
            f"up to {candidates} distinct cells per run, random or generated; {model_name(options.weights)}",
            "Without the predictor the order is that of drawing, with it that of prediction. Top 1 looks nothing up; "
            f"best of {TOP} takes the highest reported accuracy of the first {TOP}, an oracle, as in the paper; by "
            "validation takes the one with the highest validation accuracy.",
        ),
        (result,),
        (picture,),
    )


def _scores(
    cells: list[Cell], table: Benchmark[Any], validation: Benchmark[Any], *, by_validation: bool
) -> dict[str, float]:
    """The reported accuracy of an ordered list of cells, in each way of choosing one of them."""
    scores = {_TOP_1: table.score(cells[0])}
    if by_validation:
        scores[_BY_VALIDATION] = table.score(max(cells, key=validation.score))
    return scores | {_BEST: max(map(table.score, cells))}


REPRODUCTION = Reproduction(
    "generator and predictor, each without the other (Table 3)",
    frozenset({"images", "tables", "weights", "runs", "candidates"}),
    run,
)
