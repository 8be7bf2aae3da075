"""Distributions of scores: what one way of drawing architectures gives, over what another gives."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from nas_plugins.plots.look import BLUE, GREEN, GREY, INK, ORANGE, PALE, is_number, look, picture_path, save, wrapped
from nas_plugins.spaces.errors import InvalidArgument

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_WIDTH, _HEIGHT = 4.3, 3.5  # inches of a panel
_BINS = 48
_COLORS = (GREY, BLUE, ORANGE, GREEN)  # the first series is what the others are compared with


def draw_distributions(
    panels: Mapping[str, Mapping[str, Sequence[float]]],
    path: str | Path,
    *,
    title: str,
    value_name: str,
    lowest: float = 0.1,
) -> Path:
    """Draw histograms over each other, one panel per dataset, with a mark at the median of each.

    Args:
        panels: Name of a panel to its series, and name of a series to its values; a series has one colour throughout.
        path: The picture, ``.png`` or ``.svg``.
        title: Says what is seen.
        value_name: What the values are, with their unit.
        lowest: Share of the pooled values that may lie below the horizontal axis, where a few very low ones would press
            the others together; how many of each series do is written at its end.

    Returns:
        The path written.

    Raises:
        InvalidArgument: No panel, a series without a value, or a path that is no picture.
    """
    path = picture_path(path)
    if not panels:
        raise InvalidArgument("wanted at least one panel, got none")
    with look():
        from matplotlib.figure import Figure

        width = _WIDTH * len(panels)
        figure = Figure(figsize=(width, _HEIGHT + 0.75), layout="constrained")
        figure.suptitle(wrapped(title, width - 0.6, 12), x=0.02, ha="left", fontsize=12, fontweight="bold")
        all_axes = figure.subplots(1, len(panels), squeeze=False)[0]
        for axes, (name, series) in zip(all_axes, panels.items(), strict=True):
            _draw_panel(axes, name, {label: _finite(label, values) for label, values in series.items()}, lowest)
            axes.set_xlabel(value_name)
        all_axes[0].set_ylabel("share of the cells (%)")
        handles, labels = all_axes[0].get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside lower center", ncols=len(labels))
        return save(figure, path)


def _draw_panel(axes: "Axes", name: str, series: Mapping[str, NDArray[np.float64]], lowest: float) -> None:
    pooled = np.concatenate(list(series.values()))
    low, high = float(np.quantile(pooled, lowest)), float(pooled.max())
    if low == high:
        low, high = low - 0.5, high + 0.5
    edges = np.linspace(low, high + 0.02 * (high - low), _BINS + 1)
    axes.set_title(name, fontsize=10, pad=8)
    axes.grid(axis="x", visible=False)
    axes.spines["left"].set_visible(False)
    axes.tick_params(axis="y", length=0)
    tops: list[float] = []
    for position, (label, values) in enumerate(series.items()):
        color = _COLORS[position % len(_COLORS)]
        shares = 100 * np.histogram(values, edges)[0] / len(values)
        tops.append(float(shares.max()))
        fill = PALE if color == GREY else color
        axes.stairs(shares, edges, fill=True, color=fill, alpha=0.5, zorder=1.5 + position)
        axes.stairs(shares, edges, color=color, linewidth=1.4, label=label, zorder=2.5 + position)
    axes.set_xlim(edges[0], edges[-1])
    axes.set_ylim(0, 1.3 * max(tops))
    _write_below(axes, series, low)
    for position, values in enumerate(series.values()):
        _mark_median(axes, float(np.median(values)), _COLORS[position % len(_COLORS)], position, low)


def _mark_median(axes: "Axes", median: float, color: str, position: int, low: float) -> None:
    if median < low:
        return
    # Each series has a height of its own, so that equal medians do not cover each other.
    height = (0.86, 0.95, 0.77, 0.68)[position % 4]
    axes.axvline(median, ymax=height, color=color, linewidth=1.1, linestyle=(0, (4, 3)), zorder=6)
    left = (median - axes.get_xlim()[0]) / (axes.get_xlim()[1] - axes.get_xlim()[0]) > 0.5
    axes.annotate(
        f"median {median:.2f}",
        (median, height),
        (-5 if left else 5, 0),
        xycoords=("data", "axes fraction"),
        textcoords="offset points",
        ha="right" if left else "left",
        va="center",
        fontsize=8.5,
        color=color if color != GREY else INK,
    )


def _write_below(axes: "Axes", series: Mapping[str, NDArray[np.float64]], low: float) -> None:
    """Say how much of each series lies left of the axis."""
    for position, values in enumerate(series.values()):
        share = 100 * float(np.mean(values < low))
        axes.annotate(
            f"◂ {share:.{0 if share >= 10 else 1}f} % below {low:.0f}",
            (0, 0.5 - 0.075 * position),
            (5, 0),
            xycoords="axes fraction",
            textcoords="offset points",
            va="center",
            fontsize=8.5,
            color=_COLORS[position % len(_COLORS)] if position else GREY,
            zorder=7,
        )


def _finite(label: str, values: Sequence[float]) -> NDArray[np.float64]:
    found = np.array([float(value) for value in values if is_number(value)], dtype=np.float64)
    if not len(found):
        raise InvalidArgument(f"wanted at least one value of {label!r}, got none in {len(values)}")
    return found
