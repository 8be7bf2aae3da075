"""Trainings as curves: one small panel per loss."""

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from nas_plugins.plots.look import BLUE, INK, is_number, look, picture_path, save, wrapped
from nas_plugins.plots.plain_ticks import plain_ticks
from nas_plugins.spaces.errors import InvalidArgument

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_COLUMNS, _WIDTH, _HEIGHT = 3, 3.3, 2.5


def draw_training(
    history: Mapping[str, Sequence[float]], path: str | Path, *, title: str, value_name: str = "loss"
) -> Path:
    """Draw values per epoch, each series in a panel of its own scale.

    A panel whose values are all positive and span a factor of 30 or more has a logarithmic axis, and says so.

    Args:
        history: Name of a model or of a loss to its values, one per epoch; ``nan`` leaves a gap.
        path: The picture, ``.png`` or ``.svg``.
        title: Says what is seen.
        value_name: What the values are, with their unit if they have one.

    Returns:
        The path written.

    Raises:
        InvalidArgument: No series, a series without a number, or a path that is no picture.
    """
    path = picture_path(path)
    if not history:
        raise InvalidArgument("wanted the losses of at least one model, got none; train one first")
    series = {
        name: np.array([float(v) if is_number(v) else np.nan for v in values], dtype=np.float64)
        for name, values in history.items()
    }
    for name, values in series.items():
        if not np.isfinite(values).any():
            raise InvalidArgument(f"wanted at least one finite value for {name!r}, got none in {len(values)} epochs")
    columns = 2 if len(series) in (2, 4) else min(_COLUMNS, len(series))
    rows = math.ceil(len(series) / columns)
    with look():
        from matplotlib.figure import Figure

        width = max(columns * _WIDTH, 4.4)
        heading = wrapped(title, width - 0.6, 12)
        figure = Figure(figsize=(width, rows * _HEIGHT + 0.35 + 0.22 * heading.count("\n")), layout="constrained")
        figure.suptitle(heading, x=0.02, ha="left", fontsize=12, fontweight="bold")
        panels = figure.subplots(rows, columns, squeeze=False)
        for position, (name, values) in enumerate(series.items()):
            row, column = divmod(position, columns)
            _draw_panel(panels[row][column], name, values, value_name)
        for panel in panels.flat[len(series) :]:
            panel.remove()
        return save(figure, path)


def _draw_panel(axes: "Axes", name: str, values: NDArray[np.float64], value_name: str) -> None:
    from matplotlib.ticker import MaxNLocator

    epochs = np.arange(1, len(values) + 1)
    known = np.flatnonzero(np.isfinite(values))
    finite = values[known]
    logarithmic = bool(finite.min() > 0 and finite.max() >= 30 * finite.min())
    axes.set_title(wrapped(name, _WIDTH - 0.9, 9.5), fontsize=9.5, pad=8)
    axes.set(xlabel="epoch", ylabel=f"{value_name} (logarithmic)" if logarithmic else value_name)
    axes.xaxis.set_major_locator(MaxNLocator(nbins=5, integer=True))
    # A single value has no line to be seen by.
    axes.plot(epochs, values, color=BLUE, linewidth=1.6, marker="o" if len(known) == 1 else None, markersize=4)
    if logarithmic:
        axes.set_yscale("log")
        plain_ticks(axes.yaxis, *axes.get_ylim())
    last = known[-1]
    axes.plot(epochs[last], values[last], "o", color=BLUE, markersize=4)
    axes.annotate(
        f"{values[last]:#.3g}".rstrip("."),
        (epochs[last], values[last]),
        (7, 0),
        textcoords="offset points",
        va="center",
        fontsize=8.5,
        color=INK,
    )
