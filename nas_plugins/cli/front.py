"""Best trade-offs on the screen and as a picture."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from nas_plugins.cli.output import show_table
from nas_plugins.strategies.pareto_front import ParetoFront

_UNITS = {"multiply_adds": ("multiply-adds (millions)", 1e-6), "parameters": ("parameters (millions)", 1e-6)}


def show_front(
    fronts: Mapping[str, ParetoFront[Any]],
    picture: Path,
    *,
    title: str,
    score: str = "accuracy (%)",
) -> Path:
    """Print the first front and draw all of them, score over cost.

    Args:
        fronts: By what the picture calls them; two objectives each, the score first and the same cost second.
        picture: Ends in ``.png`` or ``.svg``.
        title: Says what is seen.
        score: What the first objective is, with its unit.

    Returns:
        The picture.
    """
    from nas_plugins.plots import draw_accuracy_over_cost

    first = next(iter(fronts.values()))
    cost, factor = _UNITS.get(first.objectives[1].name, ("latency (ms)", 1.0))
    show_table(
        title,
        (cost, score, "architecture"),
        [
            (f"{factor * paid:.4g}", f"{value:.2f}", str(architecture))
            for architecture, (value, paid) in zip(first.architectures, first.values, strict=True)
        ],
    )
    lines = {name: [(factor * paid, value) for value, paid in front.values] for name, front in fronts.items()}
    return draw_accuracy_over_cost({"": lines}, picture, title=title, cost=cost, accuracy=score, steps=True)
