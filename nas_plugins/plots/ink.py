"""Strokes of a graph drawing, in inches: nodes, arrows and words on one canvas."""

from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from nas_plugins.plots.look import GREY, INK, PALE, PAPER

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Point = tuple[float, float]

_HEAD = 6.5  # points: length of an arrow head


def new_canvas(width: float, height: float) -> tuple["Figure", "Axes"]:
    """An empty figure whose data coordinates are inches from its lower left corner."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height))
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set(xlim=(0, width), ylim=(0, height))
    axes.axis("off")
    return figure, axes


def draw_arrow(
    axes: "Axes",
    start: Point,
    end: Point,
    *,
    bend: float,
    gap: float,
    color: str,
    linewidth: float,
    linestyle: Any = "-",
    head: bool = True,
) -> Point:
    """Draw an arrow between two points.

    Args:
        axes: A canvas.
        start: Where it starts, in inches.
        end: Where it ends.
        bend: Height of its arc as a share of its length; positive to the left of its direction.
        gap: Points it keeps away from both ends.
        color: Of line and head.
        linewidth: Points.
        linestyle: As Matplotlib takes it.
        head: Whether the line ends in an arrow head.

    Returns:
        The middle of the arc.
    """
    from matplotlib.patches import FancyArrowPatch

    # A quadratic curve passes its middle at half the height of its control point, and arc3 bends to the right.
    curve = f"arc3,rad={-2 * bend}"
    length = _HEAD if head else 0.0
    # The line ends inside its head, and the head has no outline: thick and dashed lines get the same clean tip.
    line = FancyArrowPatch(
        start, end, connectionstyle=curve, arrowstyle="-", shrinkA=gap, shrinkB=gap + 0.8 * length, capstyle="butt"
    )
    line.set(color=color, linewidth=linewidth, linestyle=linestyle)
    axes.add_patch(line)
    if head:
        shape = f"-|>,head_length={length},head_width={0.46 * length}"
        tip = FancyArrowPatch(
            start, end, connectionstyle=curve, arrowstyle=shape, mutation_scale=1, shrinkA=gap, shrinkB=gap
        )
        tip.set(facecolor=color, edgecolor="none", linewidth=0)
        axes.add_patch(tip)
    across, along = end[0] - start[0], end[1] - start[1]
    return (start[0] + end[0]) / 2 - bend * along, (start[1] + end[1]) / 2 + bend * across


def draw_path(axes: "Axes", points: Sequence[Point], *, color: str, linewidth: float) -> None:
    """Draw an arrow that runs down through points, upright in each of them."""
    from matplotlib.patches import FancyArrowPatch
    from matplotlib.path import Path

    corners, codes = [points[0]], [Path.MOVETO]
    for (x0, y0), (x1, y1) in pairwise(points):
        half = (y0 + y1) / 2
        corners += [(x0, half), (x1, half), (x1, y1)]
        codes += [Path.CURVE4] * 3
    tip = f"-|>,head_length={0.7 * _HEAD},head_width={0.3 * _HEAD}"
    arrow = FancyArrowPatch(path=Path(corners, codes), arrowstyle=tip, mutation_scale=1)
    arrow.set(color=color, linewidth=linewidth)
    axes.add_patch(arrow)


def draw_node(axes: "Axes", center: Point, radius: float, name: str, *, alive: bool, filled: bool) -> None:
    """Draw a round node with its name inside; filled nodes are the ends of a cell."""
    from matplotlib.patches import Circle

    color = INK if alive else PALE
    axes.add_patch(Circle(center, radius, facecolor=color if filled else PAPER, edgecolor=color, linewidth=1, zorder=3))
    ink = PAPER if filled else (INK if alive else GREY)
    axes.text(*center, name, ha="center", va="center_baseline", fontsize=6.5, color=ink, zorder=4)


def draw_legend(figure: "Figure", handles: Sequence[Any], *, width: float, top: float) -> None:
    """Draw one legend for a whole canvas, centred below ``top`` inches, as many columns as ``width`` has room for."""
    height = figure.get_figheight()
    figure.legend(
        handles=handles,
        loc="upper center",
        bbox_to_anchor=(0.5, top / height),
        ncols=legend_columns(width, len(handles)),
        fontsize=8.5,
        handlelength=2.6,
        columnspacing=2.2,
        borderaxespad=0,
    )


def legend_columns(width: float, entries: int) -> int:
    """Columns of a legend that fit into a width in inches."""
    return max(1, min(entries, int(width / 1.55)))
