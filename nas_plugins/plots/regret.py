"""Regret of several methods: how it falls with time, and how it is spread over runs in the end."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from nas_plugins.plots.look import (
    BLUE,
    GREEN,
    GREY,
    INK,
    ORANGE,
    PURPLE,
    SKY,
    VERMILION,
    look,
    picture_path,
    save,
    wrapped,
)
from nas_plugins.plots.plain_ticks import plain_ticks
from nas_plugins.spaces.errors import InvalidArgument

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Vector = NDArray[np.float64]

_COLORS = (BLUE, VERMILION, GREEN, ORANGE, PURPLE, SKY, INK, GREY)
_STYLES: tuple[Any, ...] = ("-", (0, (1, 1.2)))  # a ninth method starts over with the colours, dotted
_PANEL, _HEIGHT = 4.3, 4.3  # inches
_LEAST = 1e-4  # of the largest regret: less is drawn at this height, since a logarithm has no zero


@dataclass(frozen=True)
class RegretCurve:
    """The mean regret of a method over time.

    Args:
        label: The method; equal labels have equal colours in all panels.
        time: Increasing, above 0, ``(n,)``.
        mean: Mean over runs at each time, at least 0.
        low: Lower end of its interval; ``None`` where there is none.
        high: Upper end.
        published: Somebody else's: dashed and thin.
    """

    label: str
    time: Vector
    mean: Vector
    low: Vector | None = None
    high: Vector | None = None
    published: bool = False


def draw_regret(
    panels: Mapping[str, Sequence[RegretCurve]],
    path: str | Path,
    *,
    title: str,
    regret_name: str,
    time_name: str = "training time (seconds)",
    final: Mapping[str, Sequence[float]] | None = None,
) -> Path:
    """Draw mean regret over time, a panel for each table, both axes logarithmic.

    Args:
        panels: Heading of each panel, and its curves.
        path: The picture, ``.png`` or ``.svg``.
        title: Says what is seen.
        regret_name: What the regret is of, with its unit.
        time_name: What the horizontal axis is.
        final: Regret at the end of each run, by label of the curve: drawn as shares of runs in one more panel.

    Returns:
        The path written.

    Raises:
        InvalidArgument: A panel without a curve, no panel, or a path that is no picture.
    """
    path = picture_path(path)
    if not panels or not all(panels.values()):
        raise InvalidArgument("wanted at least one curve in each panel, got none; run the searches first")
    labels = list(dict.fromkeys(curve.label for curves in panels.values() for curve in curves))
    colors = {label: _COLORS[k % len(_COLORS)] for k, label in enumerate(labels)}
    styles = {label: _STYLES[k // len(_COLORS) % len(_STYLES)] for k, label in enumerate(labels)}
    with look():
        from matplotlib.figure import Figure

        count = len(panels) + (final is not None)
        width = max(_PANEL * count, 6.4)
        figure = Figure(figsize=(width, _HEIGHT + 0.28 * math.ceil(len(labels) / 4)), layout="constrained")
        figure.suptitle(wrapped(title, width - 0.6, 12), x=0.02, ha="left", fontsize=12, fontweight="bold")
        all_axes = figure.subplots(1, count, squeeze=False)[0]
        for axes, (heading, curves) in zip(all_axes, panels.items(), strict=False):
            _draw_curves(axes, curves, colors, styles)
            axes.set_title(heading, fontsize=10, pad=8)
            axes.set_xlabel(time_name)
        all_axes[0].set_ylabel(regret_name)
        if final is not None:
            _draw_final(all_axes[-1], final, colors, styles, regret_name)
        _draw_legend(figure, labels, colors, styles, published=any(c.published for cs in panels.values() for c in cs))
        return save(figure, path)


def _draw_curves(
    axes: "Axes", curves: Sequence[RegretCurve], colors: Mapping[str, str], styles: Mapping[str, Any]
) -> None:
    # Where nothing is left to regret, all are on one line at the foot.
    least = _LEAST * (max(float(np.nanmax(curve.mean)) for curve in curves) or 1.0)
    for curve in curves:
        color = colors[curve.label]
        mean = np.maximum(curve.mean, least)
        if curve.published:
            axes.plot(curve.time, mean, color=color, linewidth=1.1, linestyle=(0, (5, 2.5)), alpha=0.8)
            continue
        if curve.low is not None and curve.high is not None:
            low, high = np.maximum(curve.low, least), np.maximum(curve.high, least)
            axes.fill_between(curve.time, low, high, color=color, alpha=0.15, linewidth=0)
        axes.plot(curve.time, mean, color=color, linewidth=1.8, linestyle=styles[curve.label])
    axes.set(xscale="log", yscale="log")
    # The curves set the scale: an interval from few runs may reach far beyond them, and down to nothing.
    shown = np.concatenate([curve.mean for curve in curves])
    axes.set_ylim(max(float(shown.min()), least) / 1.4, max(float(shown.max()), least) * 1.4)
    plain_ticks(axes.xaxis, *axes.get_xlim())
    plain_ticks(axes.yaxis, *axes.get_ylim())
    axes.grid(which="minor", visible=False)


def _draw_final(
    axes: "Axes",
    final: Mapping[str, Sequence[float]],
    colors: Mapping[str, str],
    styles: Mapping[str, Any],
    regret_name: str,
) -> None:
    for label, values in final.items():
        axes.ecdf(values, color=colors.get(label, INK), linewidth=1.8, linestyle=styles.get(label, "-"))
    axes.set_title("at the end of the budget", fontsize=10, pad=8)
    axes.set(xlabel=regret_name, ylabel="share of runs", ylim=(0, 1.02))


def _draw_legend(
    figure: "Figure", labels: Sequence[str], colors: Mapping[str, str], styles: Mapping[str, Any], *, published: bool
) -> None:
    from matplotlib.lines import Line2D

    handles = [
        Line2D([], [], color=colors[label], linewidth=1.8, linestyle=styles[label], label=label) for label in labels
    ]
    if published:
        handles.append(Line2D([], [], color=GREY, linewidth=1.1, linestyle=(0, (5, 2.5)), label="as published"))
    figure.legend(handles=handles, loc="outside lower center", ncols=4)
