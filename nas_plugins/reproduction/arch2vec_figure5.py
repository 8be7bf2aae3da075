"""Figure 5 of arch2vec: walks through the latent space, each step to the nearest architecture not yet visited."""

from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nas_plugins.reproduction.arch2vec_models import SPACES, chosen_spaces
from nas_plugins.reproduction.limits import SPACE_CELLS, Limits
from nas_plugins.reproduction.options import Options, Reproduction
from nas_plugins.reproduction.published import ARCH2VEC, ARCH2VEC_FIGURE_5
from nas_plugins.reproduction.report import Figure, Report, ResultTable, Row
from nas_plugins.reproduction.representations import representations

LENGTH, WALKS, POOL = 16, 50, 50_000
_SPACE, _COLUMN = "space", "edit distance of a step"


def run(options: Options) -> Report:
    """Draw the figure."""
    from nas_plugins.plots import draw_architectures

    walks = options.samples or WALKS
    names = chosen_spaces(options, ("nasbench201",))
    rows: list[Row] = []
    pictures = []
    protocol: tuple[str, ...] = ()
    for name in names:
        found = representations(name, options)
        protocol += found.protocol
        rng = np.random.default_rng(options.seed)
        pool = np.sort(rng.choice(len(found.space), min(POOL, len(found.space)), replace=False))
        cells = [found.space[int(index)] for index in pool]
        starts = rng.choice(len(cells), walks, replace=False)
        shown: list[Any] = []
        captions: list[str] = []
        for label, embed in found.embed.items():
            points = embed(cells)
            paths = [[cells[index] for index in walk(points, int(start), LENGTH)] for start in starts]
            edits = [[found.space.edit_distance(*pair) for pair in pairwise(path)] for path in paths]
            rows.append(
                Row(label, {_COLUMN: Figure.of([float(np.mean(steps)) for steps in edits])}, {_SPACE: SPACES[name]})
            )
            shown += paths[0]
            captions += [f"{label}\nstart", *(f"{label}\n{steps} edit{'s' * (steps > 1)}" for steps in edits[0])]
        uniform = rng.choice(len(cells), (walks * (LENGTH - 1), 2))
        apart = [found.space.edit_distance(cells[i], cells[j]) for i, j in uniform]
        rows.append(Row("random pairs", {_COLUMN: Figure.of(np.array(apart, dtype=float))}, {_SPACE: SPACES[name]}))
        pictures.append(
            draw_architectures(
                found.space,
                shown,
                options.output / f"{name}.png",
                captions=captions,
                columns=8,
                title=f"Walks to the nearest architecture not yet visited, {SPACES[name]}",
            )
        )
        options.on_step("spaces", len(pictures), len(names))
    rows += [
        Row(method, {_COLUMN: figure}, {_SPACE: "NAS-Bench-101"}, published=True)
        for method, figure in ARCH2VEC_FIGURE_5.items()
    ]
    return Report(
        "arch2vec-figure5",
        "Walks through the latent space",
        f"{ARCH2VEC}, Figure 5",
        (
            f"{walks} walks of {LENGTH} architectures from starts drawn uniformly, seed {options.seed}; each step goes "
            f"to the nearest one not yet visited, among all of the space or {POOL:,} of it drawn uniformly. The table: "
            "mean edit distance of a walk's steps, over walks with its 95 % interval. The picture: the first walk of "
            "each representation.",
            *protocol,
            "Published: one walk each.",
        ),
        (ResultTable("Edits between successive architectures", (_SPACE,), (_COLUMN,), tuple(rows)),),
        tuple(pictures),
    )


def walk(points: NDArray[np.float32], start: int, length: int) -> list[int]:
    """Indices of points, each the nearest to the one before that is not yet visited."""
    visited = [start]
    while len(visited) < min(length, len(points)):
        distances = np.square(points - points[visited[-1]]).sum(axis=1)
        distances[visited] = np.inf
        visited.append(int(distances.argmin()))
    return visited


REPRODUCTION = Reproduction(
    "walks through the latent space (Figure 5)",
    frozenset({"spaces", "samples", "size", "epochs", "tables"}),
    run,
    {"samples": Limits(1, SPACE_CELLS, f"walks from different starts; NAS-Bench-201 has {SPACE_CELLS:,} cells")},
)
