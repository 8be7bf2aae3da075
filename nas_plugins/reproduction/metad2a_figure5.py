"""Figure 5 of MetaD2A: how good what the generator draws is, beside cells drawn uniformly."""

import math

import numpy as np

from nas_plugins.reproduction.drawing import draw_cells, draw_views, load_model, model_name, random_cells
from nas_plugins.reproduction.options import Options, Reproduction
from nas_plugins.reproduction.published import METAD2A
from nas_plugins.reproduction.report import Figure, Report, ResultTable, Row
from nas_plugins.reproduction.targets import NAMES, check_images, target_images, validation_table
from nas_plugins.spaces import NASBench201

DATASETS = ("cifar10", "cifar100")
SAMPLES = 2_000
_DATASET = "dataset"
_COLUMNS = ("mean", "median", "best", "in the space's best 5 %")


def run(options: Options) -> Report:
    """Draw the figure."""
    samples = options.samples or SAMPLES
    space = NASBench201()
    model = load_model(options.weights, space)
    check_images(options.images, DATASETS)
    rng = np.random.default_rng(options.seed)
    accuracies: dict[str, dict[str, list[float]]] = {}
    rows: list[Row] = []
    for done, dataset in enumerate(DATASETS, start=1):
        table, name = validation_table(dataset), NAMES[dataset]
        views = draw_views(model, target_images(options.images, dataset), rng)
        drawn = {
            "random cells": random_cells(rng, space, samples),
            "generated for the dataset": draw_cells(model, views, rng, space, samples),
        }
        best = float(np.quantile([table.score(cell) for cell in space], 0.95))
        for method, cells in drawn.items():
            scores = [table.score(cell) for cell in cells]
            if scores:
                accuracies.setdefault(name, {})[method] = scores
            rows.append(Row(method, summary(scores, best), {_DATASET: name}))
        options.on_step("datasets", done, len(DATASETS))
    from nas_plugins.plots import draw_distributions

    picture = draw_distributions(
        accuracies,
        options.output / "figure.png",
        title="The quality of generated architectures",
        value_name="validation accuracy (%)",
    )
    return Report(
        "metad2a-figure5",
        "The quality of generated architectures",
        f"{METAD2A}, Figure 5",
        (
            f"{samples:,} draws of the generator for each dataset, repeats included, those that are no cell left out, "
            f"beside {samples:,} cells drawn uniformly; no predictor. Seed {options.seed}. "
            f"{model_name(options.weights)}",
            "Accuracies: NAS-Bench-201's validation accuracy after 200 epochs, mean over seeds; the paper's figure "
            "shows validation accuracies, too, and prints no numbers.",
        ),
        (ResultTable("Validation accuracy (%) of what is drawn", (_DATASET,), _COLUMNS, tuple(rows)),),
        (picture,),
    )


def summary(scores: list[float], best: float) -> dict[str, Figure]:
    """Mean, median, highest, and the share above the space's best in percent; nan of no scores at all."""
    if not scores:
        return {column: Figure(math.nan) for column in _COLUMNS}
    figures = (np.mean(scores), np.median(scores), np.max(scores), 100 * np.mean(np.array(scores) >= best))
    return {column: Figure(float(figure)) for column, figure in zip(_COLUMNS, figures, strict=True)}


REPRODUCTION = Reproduction(
    "the quality of generated architectures (Figure 5)", frozenset({"images", "weights", "samples"}), run
)
