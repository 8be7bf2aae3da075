"""Table 1 of arch2vec: reconstruction, validity and uniqueness of four models on three spaces.

Two readings of validity and uniqueness stand side by side. Loose is what the official code computes, space by space
(:mod:`nas_plugins.spaces.arch2vec.published_validity`). Strict asks the space whether a decoded graph, operations and
edges, is one of its members, and counts different members. Reconstruction counts held-out graphs that come back whole;
the official code averages over nodes and entries of the matrices instead.
"""

import math
from collections.abc import Mapping
from typing import Any

from nas_plugins.reproduction.arch2vec_models import (
    BASELINES,
    OURS,
    SPACES,
    Trained,
    chosen_spaces,
    default_model,
    train,
)
from nas_plugins.reproduction.options import Options, Reproduction
from nas_plugins.reproduction.published import ARCH2VEC, ARCH2VEC_TABLE_1
from nas_plugins.reproduction.report import Figure, Report, ResultTable, Row
from nas_plugins.spaces import DARTS, get_space
from nas_plugins.spaces.space import FiniteSearchSpace

SAMPLES = 10_000
_TRAINED = "trained on"
_FIGURES = {
    "reconstruction": "reconstruction_accuracy",
    "validity, loose": "published_validity",
    "uniqueness, loose": "published_uniqueness",
    "validity, strict": "strict_validity",
    "uniqueness, strict": "uniqueness",
}


def run(options: Options) -> Report:
    """Compute the table."""
    names = chosen_spaces(options, tuple(SPACES))
    samples = options.samples or SAMPLES
    tables: list[ResultTable] = []
    pictures = []
    for name in names:
        rows = [_row(OURS, default_model(name, options), samples)]
        rows += [_row(model, train(name, model, preset, options), samples) for model, preset in BASELINES.items()]
        rows.append(_uniform(name, samples))
        published = ARCH2VEC_TABLE_1[name]
        rows += [Row(model, figures, {}, published=True) for model, figures in published.items()]
        table = ResultTable(f"{SPACES[name]}: shares (%)", (_TRAINED,), tuple(_FIGURES), tuple(rows))
        tables.append(table)
        pictures.append(
            table.draw(
                options.output / f"{name}.png",
                title=f"{SPACES[name]}: what four autoencoders reconstruct and generate",
                subtitle=f"shares in percent, of {samples:,} draws from the prior; published figures are hollow",
            )
        )
    return Report(
        "arch2vec-table1",
        "Reconstruction, validity and uniqueness of graph autoencoders",
        f"{ARCH2VEC}, Table 1",
        (
            f"Ours: the weights that ship with nas_plugins. The other rows are trained here from seed {options.seed}, "
            "as the published code trains them (presets gae, vgae, without_kl, paper), at the scale the table says; "
            "give --size and --epochs for another. No accuracy of any architecture is used.",
            "Reconstruction: held-out graphs that come back whole, every operation and every edge; the published "
            "figures average over operations and entries.",
            f"Validity and uniqueness: {samples:,} draws z ~ N(0, I), scaled by deviation and mean of the training "
            "latents (appendix B). Strict: the decoded graph is a member of the space, edges included; different "
            "members, of those. Loose: the official code's checks; different graphs, of what passes.",
            "Uniform draws: what a perfect sampler of the whole space reaches with as many draws, by formula.",
        ),
        tuple(tables),
        tuple(pictures),
    )


def _row(method: str, trained: Trained, samples: int) -> Row:
    metrics: Mapping[str, Any] = trained.arch2vec.metrics
    if trained.shipped or metrics.get("prior_samples") != samples:
        from nas_plugins.spaces.arch2vec.measurement import measure

        metrics = measure(trained.arch2vec, prior_samples=samples)
    figures = {column: Figure(100 * float(metrics[key])) for column, key in _FIGURES.items()}
    return Row(method, figures, {_TRAINED: trained.words()})


def _uniform(name: str, samples: int) -> Row:
    space = get_space(name)
    members = len(space) if isinstance(space, FiniteSearchSpace) else DARTS.COUNT
    distinct = members * -_expm1(samples, members) / samples
    figures = {"validity, strict": Figure(100.0), "uniqueness, strict": Figure(100 * distinct)}
    return Row("uniform draws", figures, {_TRAINED: f"all {members:,}"})


def _expm1(draws: int, members: int) -> float:
    """``(1 - 1 / members) ** draws - 1`` without loss of digits."""
    return math.expm1(draws * math.log1p(-1 / members))


REPRODUCTION = Reproduction(
    "reconstruction, validity and uniqueness of graph autoencoders (Table 1)",
    frozenset({"spaces", "size", "epochs", "samples"}),
    run,
)
