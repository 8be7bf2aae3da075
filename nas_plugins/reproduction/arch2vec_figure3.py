"""Figure 3 of arch2vec: distance in the latent space against edit distance, along a random walk."""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nas_plugins.reproduction.arch2vec_models import SPACES, chosen_spaces
from nas_plugins.reproduction.limits import Limits
from nas_plugins.reproduction.options import Options, Reproduction
from nas_plugins.reproduction.published import ARCH2VEC
from nas_plugins.reproduction.report import Figure, Report, ResultTable, Row
from nas_plugins.reproduction.representations import representations
from nas_plugins.spaces.space import SearchSpace

STEPS, PAIRS = 1_000, 20_000
_SPACE = "space"
_COLUMNS = ("Spearman", "Pearson", "medians that rise")


def run(options: Options) -> Report:
    """Draw the figure."""
    from nas_plugins.plots import draw_distance_against_edits

    steps = options.samples or STEPS
    names = chosen_spaces(options, ("nasbench201",))
    rows: list[Row] = []
    pictures = []
    protocol: tuple[str, ...] = ()
    for name in names:
        found = representations(name, options)
        protocol += found.protocol
        rng = np.random.default_rng(options.seed)
        cells = random_walk(found.space, steps, rng)
        first, second = some_pairs(len(cells), PAIRS, rng)
        edits = np.array([found.space.edit_distance(cells[i], cells[j]) for i, j in zip(first, second, strict=True)])
        apart = edits > 0  # a walk may come back
        first, second, edits = first[apart], second[apart], edits[apart]
        panels = {}
        for label, embed in found.embed.items():
            points = embed(cells)
            distances = np.linalg.norm(points[first] - points[second], axis=1).astype(np.float64)
            panels[label] = (edits, distances)
            rows.append(Row(label, smoothness(edits, distances), {_SPACE: SPACES[name]}))
        pictures.append(
            draw_distance_against_edits(
                panels,
                options.output / f"{name}.png",
                title=f"Distance in the latent space against edit distance, {SPACES[name]}",
            )
        )
        options.on_step("spaces", len(pictures), len(names))
    return Report(
        "arch2vec-figure3",
        "Distance in the latent space against edit distance",
        f"{ARCH2VEC}, Figure 3",
        (
            f"A random walk of {steps:,} architectures from seed {options.seed}, each a neighbour of the one before; "
            f"{PAIRS:,} of its pairs, or all, but those of one architecture visited twice. Edit distance: what the "
            "space counts as edits; operations and edges in which the graphs differ.",
            *protocol,
            "Correlations over the pairs. Medians that rise: of the steps from one edit distance to the next, those at "
            "which the median latent distance grows, over edit distances with at least 30 pairs.",
        ),
        (ResultTable("Latent and edit distance", (_SPACE,), _COLUMNS, tuple(rows), digits=3),),
        tuple(pictures),
    )


def random_walk(space: SearchSpace[Any], steps: int, rng: np.random.Generator) -> list[Any]:
    """Architectures in a row, each a uniformly drawn neighbour of the one before it."""
    walk = [space.sample(rng)]
    while len(walk) < steps:
        neighbours = list(space.neighbors(walk[-1]))
        walk.append(neighbours[int(rng.integers(len(neighbours)))])
    return walk


def some_pairs(count: int, most: int, rng: np.random.Generator) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Different pairs of ``count`` things, all of them or ``most`` drawn uniformly, as two arrays of indices."""
    first, second = np.triu_indices(count, 1)
    if len(first) > most:
        chosen = rng.choice(len(first), most, replace=False)
        first, second = first[chosen], second[chosen]
    return first, second


def smoothness(edits: NDArray[np.int64], distances: NDArray[np.float64]) -> dict[str, Figure]:
    """Correlations of latent and edit distance, nan where either is constant, and the share of medians that rise."""
    from scipy.stats import pearsonr, spearmanr

    numbers, counts = np.unique(edits, return_counts=True)
    medians = [float(np.median(distances[edits == number])) for number in numbers[counts >= 30]]
    varies = np.ptp(edits) > 0 and np.ptp(distances) > 0
    figures = {
        "Spearman": Figure(float(spearmanr(edits, distances).statistic) if varies else math.nan),
        "Pearson": Figure(float(pearsonr(edits, distances).statistic) if varies else math.nan),
    }
    if len(medians) > 1:
        figures["medians that rise"] = Figure(float(np.mean(np.diff(medians) > 0)))
    return figures


REPRODUCTION = Reproduction(
    "distance in the latent space against edit distance (Figure 3)",
    frozenset({"spaces", "samples", "size", "epochs", "tables"}),
    run,
    # Of fewer there may not be five pairs of one edit distance, which a box is drawn of; all pairs are listed.
    {"samples": Limits(10, 10_000, "architectures of a walk, whose pairs are compared")},
)
