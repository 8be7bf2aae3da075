"""Predicted against measured accuracy: a scatter with its rank correlation."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from nas_plugins.plots.labels import place_labels
from nas_plugins.plots.look import (
    BLUE,
    GREY,
    INK,
    PAPER,
    VERMILION,
    is_number,
    look,
    new_chart,
    padded,
    picture_path,
    save,
)
from nas_plugins.spaces.errors import InvalidArgument


def draw_predicted_against_measured(
    predicted: Sequence[float],
    measured: Sequence[float],
    path: str | Path,
    *,
    title: str,
    labels: Sequence[str] | None = None,
    measured_name: str = "measured accuracy (%)",
    predicted_name: str = "predicted accuracy (%)",
) -> Path:
    """Draw measured over predicted values, with Spearman's rank correlation and the best measured one marked.

    Predictions of a meta-learned predictor are on the scale of the tasks it was trained on, so that only their order
    counts; the line of equality is drawn only where the ranges of both overlap.

    Args:
        predicted: One value per architecture.
        measured: As many; ``nan`` where a trial failed, which leaves the architecture out.
        path: The picture, ``.png`` or ``.svg``.
        title: Says what is seen.
        labels: A short name per architecture, written beside its point.
        measured_name: Vertical axis, with its unit.
        predicted_name: Horizontal axis, with its unit.

    Returns:
        The path written.

    Raises:
        InvalidArgument: Numbers of values differ, no pair is complete, or the path is no picture.
    """
    path = picture_path(path)
    if len(predicted) != len(measured):
        raise InvalidArgument(
            f"wanted as many predicted as measured values, got {len(predicted)} predicted and {len(measured)} measured"
        )
    if labels is not None and len(labels) != len(predicted):
        raise InvalidArgument(f"wanted one label for each of {len(predicted)} points, got {len(labels)} labels")
    complete = [k for k in range(len(predicted)) if is_number(predicted[k]) and is_number(measured[k])]
    if not complete:
        raise InvalidArgument(
            f"wanted at least one architecture with a predicted and a measured value, got none in {len(predicted)}; "
            "measure one first"
        )
    x = np.array([predicted[k] for k in complete], dtype=np.float64)
    y = np.array([measured[k] for k in complete], dtype=np.float64)
    with look():
        overlap = x.min() <= y.max() and y.min() <= x.max()
        subtitle = _correlation(x, y) + (", dashed: predicted = measured" if overlap else "")
        figure, axes = new_chart(6.4, 5.2, title, subtitle=subtitle)
        axes.set(xlabel=predicted_name, ylabel=measured_name)
        axes.set(xlim=padded(x.min(), x.max()), ylim=padded(y.min(), y.max()))
        if overlap:
            low, high = max(axes.get_xlim()[0], axes.get_ylim()[0]), min(axes.get_xlim()[1], axes.get_ylim()[1])
            axes.plot([low, high], [low, high], color=GREY, linewidth=1, linestyle=(0, (4, 3)), zorder=1)
        # The best point comes first, so that its label chooses its place first.
        order = np.argsort(-y, kind="stable")
        x, y = x[order], y[order]
        axes.scatter(x[1:], y[1:], s=36, color=BLUE, edgecolor=PAPER, linewidth=0.7, zorder=3)
        axes.scatter(x[:1], y[:1], s=72, color=VERMILION, edgecolor=PAPER, linewidth=0.7, zorder=4)
        names = ["" if labels is None else labels[complete[k]] for k in order]
        names[0] = f"{names[0]}  best measured: {y[0]:.2f}".strip()
        figure.draw_without_rendering()  # fixes the layout that the labels are placed in
        place_labels(axes, x, y, names, [VERMILION] + [INK] * (len(y) - 1))
        return save(figure, path)


def _correlation(x: NDArray[np.float64], y: NDArray[np.float64]) -> str:
    """Spearman's rank correlation in words, where there is one."""
    from scipy.stats import spearmanr

    if len(x) < 3:
        return f"n = {len(x)}, too few for a rank correlation"
    if np.ptp(x) == 0 or np.ptp(y) == 0:
        return f"n = {len(x)}, no rank correlation because all values are equal"
    return f"Spearman rank correlation {spearmanr(x, y).statistic:.2f}, n = {len(x)}"
