"""Pictures of latent spaces: maps coloured by a value, and distances against numbers of edits."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from nas_plugins.plots.look import BLUE, GREY, PAPER, VERMILION, look, picture_path, save, wrapped
from nas_plugins.spaces.errors import InvalidArgument

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_PANEL = 4.2  # inches
_FEWEST = 5  # pairs behind a box


def draw_latent_maps(
    panels: Mapping[str, tuple[NDArray[Any], NDArray[Any]]], path: str | Path, *, title: str, value_name: str
) -> Path:
    """Draw two-dimensional maps, each small area coloured by the mean value of the points in it, on one scale.

    The scale starts at the fifth percentile of the values, as a few very low ones would leave one colour to the rest.

    Args:
        panels: By name, coordinates ``(n, 2)`` and values ``(n,)``.
        path: The picture, ``.png`` or ``.svg``.
        title: Says what is seen.
        value_name: What the colours mean, with its unit.

    Returns:
        The path written.

    Raises:
        InvalidArgument: No panel, no point, arrays that do not fit, or a path that is no picture.
    """
    path = picture_path(path)
    for name, (points, values) in panels.items():
        if np.ndim(points) != 2 or np.shape(points)[1] != 2 or np.shape(values) != np.shape(points)[:1]:
            raise InvalidArgument(f"wanted points (n, 2) and n values for {name!r}, got {np.shape(points)}")
    if not panels or not all(len(values) for _, values in panels.values()):
        raise InvalidArgument("wanted at least one panel with a point, got none")
    pooled = np.concatenate([np.asarray(values, dtype=np.float64) for _, values in panels.values()])
    low, high = float(np.quantile(pooled, 0.05)), float(pooled.max())
    with look():
        figure, all_axes = _panels(len(panels), title, room=0.9)
        for axes, (name, (points, values)) in zip(all_axes, panels.items(), strict=True):
            areas = axes.hexbin(
                points[:, 0], points[:, 1], C=values, gridsize=40, cmap="viridis", vmin=low, vmax=high, linewidths=0.1
            )
            axes.set_title(name, fontsize=10, pad=8)
            axes.set(xticks=[], yticks=[])
            axes.grid(visible=False)
            axes.spines[["left", "bottom"]].set_visible(False)
        bar = figure.colorbar(
            areas, ax=list(all_axes), shrink=0.8, pad=0.02, extend="min" if low > pooled.min() else "neither"
        )
        bar.set_label(value_name)
        bar.outline.set_visible(False)
        return save(figure, path)


def draw_distance_against_edits(
    panels: Mapping[str, tuple[NDArray[Any], NDArray[Any]]], path: str | Path, *, title: str
) -> Path:
    """Draw how far apart pairs of architectures lie in latent spaces, by the number of edits between them.

    Boxes span the middle half of the pairs, whiskers nine tenths; medians are joined by a line.

    Args:
        panels: By name, edit distances ``(pairs,)`` and latent distances ``(pairs,)``.
        path: The picture, ``.png`` or ``.svg``.
        title: Says what is seen.

    Returns:
        The path written.

    Raises:
        InvalidArgument: No panel, fewer than three pairs, arrays that do not fit, or a path that is no picture.
    """
    from scipy.stats import spearmanr

    path = picture_path(path)
    if not panels:
        raise InvalidArgument("wanted at least one panel, got none")
    for name, (edits, distances) in panels.items():
        if len(edits) < 3 or np.shape(edits) != np.shape(distances):
            raise InvalidArgument(f"wanted as many edit as latent distances for {name!r}, at least 3, got {len(edits)}")
    with look():
        figure, all_axes = _panels(len(panels), title)
        for axes, (name, (edits, distances)) in zip(all_axes, panels.items(), strict=True):
            numbers = [int(number) for number in np.unique(edits) if (edits == number).sum() >= _FEWEST]
            groups = [distances[edits == number] for number in numbers]
            axes.boxplot(
                groups,
                positions=numbers,
                widths=0.55,
                whis=(5, 95),
                showfliers=False,
                patch_artist=True,
                manage_ticks=False,
                medianprops={"color": VERMILION, "linewidth": 1.6},
                whiskerprops={"color": GREY},
                capprops={"color": GREY},
                boxprops={"edgecolor": PAPER, "facecolor": BLUE, "alpha": 0.55},
            )
            axes.plot(numbers, [float(np.median(group)) for group in groups], color=VERMILION, linewidth=0.9, zorder=1)
            axes.set_title(name, fontsize=10, pad=24)
            axes.annotate(
                f"Spearman {spearmanr(edits, distances).statistic:.2f}, {len(edits):,} pairs",
                (0, 1),
                (0, 8),
                xycoords="axes fraction",
                textcoords="offset points",
                color=GREY,
            )
            axes.set(xlabel="edit distance", ylim=(0, None))
            axes.xaxis.get_major_locator().set_params(integer=True)
        all_axes[0].set_ylabel("Euclidean distance of embeddings")
        return save(figure, path)


def _panels(count: int, title: str, *, room: float = 0.0) -> "tuple[Figure, Any]":
    from matplotlib.figure import Figure

    width = _PANEL * count + room
    figure = Figure(figsize=(width, _PANEL + 0.6), layout="constrained")
    figure.suptitle(wrapped(title, width - 0.6, 12), x=0.02, ha="left", fontsize=12, fontweight="bold")
    return figure, figure.subplots(1, count, squeeze=False)[0]
