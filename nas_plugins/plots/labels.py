"""Words beside points of a scatter, placed where they cover neither points nor each other."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# Directions around a point, in the order of preference: right, left, above, below, the diagonals, and between them.
_DIRECTIONS = (
    *((1.0, 0.0), (-1.0, 0.0), (0.0, 1.0), (0.0, -1.0)),
    *((0.75, 0.75), (-0.75, 0.75), (0.75, -0.75), (-0.75, -0.75)),
    *((0.9, 0.4), (-0.9, 0.4), (0.9, -0.4), (-0.9, -0.4)),
    *((0.4, 0.9), (-0.4, 0.9), (0.4, -0.9), (-0.4, -0.9)),
)
_DISTANCES = (6.0, 11.0, 17.0, 26.0, 38.0, 54.0)
_FAR = 20.0  # from here on, a line says which point a label belongs to
_POINT = 4.0  # points: half the side of the square a marker takes


def place_labels(
    axes: "Axes", x: NDArray[np.float64], y: NDArray[np.float64], texts: Sequence[str], colors: Sequence[str]
) -> None:
    """Write a label beside each point, one after the other, each at the free place nearest to its point.

    A thin line leads to a label that found no place near its point. Where no place is free, the one that covers least
    is taken; no label is left out.

    Args:
        axes: Axes whose layout and limits are final.
        x: Data coordinates ``(points,)``.
        y: Data coordinates ``(points,)``.
        texts: One label per point; empty for none. Earlier ones choose first.
        colors: One text colour per point.
    """
    figure = axes.figure
    pixels = figure.dpi / 72
    half = _POINT * pixels
    centers = axes.transData.transform(np.column_stack([x, y]))
    taken = [*np.hstack([centers - half, centers + half])]  # left, bottom, right, top, in pixels
    frame = np.array(axes.get_window_extent().extents)
    for text, color, point in zip(texts, colors, zip(x, y, strict=True), strict=True):
        if not text:
            continue
        label = axes.annotate(
            text, point, (0, 0), textcoords="offset points", fontsize=7.5, color=color, annotation_clip=False, zorder=5
        )
        best: tuple[float, tuple[float, float], str, str, NDArray[np.float64]] | None = None
        others = np.stack(taken)
        for distance in _DISTANCES:
            for right, up in _DIRECTIONS:
                offset = (right * distance, up * distance)
                across = {1.0: "left", 0.0: "center", -1.0: "right"}[np.sign(right)]
                along = {1.0: "bottom", 0.0: "center", -1.0: "top"}[np.sign(up)]
                label.set(position=offset, ha=across, va=along)
                box = np.array(label.get_window_extent().extents)
                cost = _shared(box, others) + 4 * (_shared(box, box[None]) - _shared(box, frame[None]))
                if best is None or cost < best[0]:
                    best = (cost, offset, across, along, box)
            if best is not None and best[0] == 0:
                break
        if best is not None:
            _, offset, across, along, box = best
            label.set(position=offset, ha=across, va=along)
            taken.append(box)
            if max(map(abs, offset)) > _FAR:
                line = {"arrowstyle": "-", "color": color, "linewidth": 0.5, "shrinkA": 0, "shrinkB": 2}
                axes.annotate("", point, offset, textcoords="offset points", arrowprops=line, annotation_clip=False)


def _shared(box: NDArray[np.float64], others: NDArray[np.float64]) -> float:
    """The area that a box has in common with each of the others, summed."""
    sides = np.minimum(box[2:], others[:, 2:]) - np.maximum(box[:2], others[:, :2])
    return float(sides.clip(0).prod(axis=1).sum())
