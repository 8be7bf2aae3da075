"""Predicted against measured accuracy of very many architectures, predictors side by side."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from nas_plugins.plots.look import GREY, VERMILION, look, padded, picture_path, save, wrapped
from nas_plugins.plots.plain_ticks import plain_ticks
from nas_plugins.spaces.errors import InvalidArgument

_PANEL = 4.4  # inches


def draw_predictions(
    panels: Mapping[str, tuple[NDArray[np.float64], NDArray[np.float64]]],
    path: str | Path,
    *,
    title: str,
    lowest: float,
) -> Path:
    """Draw predicted over measured accuracy as densities, a panel per predictor, on one scale.

    Args:
        panels: By name, predicted and measured accuracies in percent, as many of one as of the other.
        path: The picture, ``.png`` or ``.svg``.
        title: Says what is seen.
        lowest: Architectures measured at or below it are left out, in the correlation too.

    Returns:
        The path written.

    Raises:
        InvalidArgument: No panel, fewer than three architectures above the lowest, or a path that is no picture.
    """
    path = picture_path(path)
    pairs = {name: np.array([predicted, measured], dtype=np.float64) for name, (predicted, measured) in panels.items()}
    pairs = {name: pair[:, pair[1] > lowest] for name, pair in pairs.items()}
    if not pairs or any(pair.shape[1] < 3 for pair in pairs.values()):
        raise InvalidArgument(f"wanted panels with at least 3 architectures above {lowest}, got fewer; lower it")
    with look():
        from matplotlib.figure import Figure

        width = _PANEL * len(pairs)
        figure = Figure(figsize=(width + 0.9, _PANEL + 0.6), layout="constrained")
        figure.suptitle(wrapped(title, width, 12), x=0.02, ha="left", fontsize=12, fontweight="bold")
        all_axes = figure.subplots(1, len(pairs), sharex=True, sharey=True, squeeze=False)[0]
        low, high = padded(lowest, max(float(pair[1].max()) for pair in pairs.values()), 0.03)
        # A few predictions far off would press the others together; how many lie left of the axis is written there.
        left = min(low, *(float(np.quantile(pair[0], 0.02)) for pair in pairs.values()))
        extent = (left, high, low, high)
        for axes, (name, (predicted, measured)) in zip(all_axes, pairs.items(), strict=True):
            bins = axes.hexbin(
                predicted, measured, gridsize=44, extent=extent, bins="log", cmap="Blues", linewidths=0.1, mincnt=1
            )
            axes.plot([low, high], [low, high], color=VERMILION, linewidth=1.1, linestyle=(0, (4, 3)))
            error = float(np.sqrt(np.square(predicted - measured).mean()))
            axes.set_title(name, fontsize=10, pad=24)
            axes.annotate(
                f"RMSE {error:.2f}, Pearson {np.corrcoef(predicted, measured)[0, 1]:.2f}, n = {len(measured):,}",
                (0, 1),
                (0, 8),
                xycoords="axes fraction",
                textcoords="offset points",
                color=GREY,
            )
            beyond = 100 * float(np.mean(predicted < left))
            axes.annotate(
                f"◂ {beyond:.1f} % below {left:.0f}",
                (0, 0.97),
                (5, 0),
                xycoords="axes fraction",
                textcoords="offset points",
                fontsize=8.5,
                color=GREY,
            )
            axes.set(xlim=extent[:2], ylim=extent[2:], xlabel="predicted accuracy (%)")
        all_axes[0].set_ylabel("measured accuracy (%)")
        bar = figure.colorbar(bins, ax=all_axes, shrink=0.8, pad=0.02)
        bar.set_label("architectures")
        plain_ticks(bar.ax.yaxis, *bar.ax.get_ylim())
        bar.outline.set_visible(False)
        return save(figure, path)
