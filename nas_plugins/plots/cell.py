"""The native picture of a NAS-Bench-201 cell: four nodes in a row, operations on the arrows between them."""

from typing import TYPE_CHECKING, Any

from nas_plugins.plots.ink import Point, draw_arrow, draw_node
from nas_plugins.plots.look import BLUE, GREEN, GREY, INK, ORANGE, PALE, SKY
from nas_plugins.spaces.nasbench201 import EDGES, Cell

if TYPE_CHECKING:
    from matplotlib.axes import Axes

WIDTH, HEIGHT = 2.3, 1.56
"""Inches one cell takes, without its caption."""

_STEP, _RADIUS, _BASE = 0.62, 0.105, 0.62
_LAST = EDGES[-1][1]

# Operation: legend, word on the arrow, stroke. Width and dashes tell operations apart where colours do not.
_STROKES: dict[str, tuple[str, str, dict[str, Any]]] = {
    "nor_conv_3x3": ("3x3 conv", "3x3", {"color": BLUE, "linewidth": 2.4}),
    "nor_conv_1x1": ("1x1 conv", "1x1", {"color": SKY, "linewidth": 1.7}),
    "avg_pool_3x3": ("average pooling", "avg", {"color": ORANGE, "linewidth": 1.7, "linestyle": (0, (3, 1))}),
    "skip_connect": ("skip", "skip", {"color": GREEN, "linewidth": 1.1}),
}
_NONE: dict[str, Any] = {"color": PALE, "linewidth": 0.8, "linestyle": (0, (1, 2.5))}

# Height of each arc as a share of its length: long edges pass above (or, from node 1, below) the nodes between.
_BENDS = {(0, 2): 0.27, (0, 3): 0.40, (1, 3): -0.27}


def draw_cell(axes: "Axes", corner: Point, cell: Cell) -> None:
    """Draw a cell on a canvas.

    Edges of ``none`` are faintly dotted. Edges and nodes that no path from input to output passes are grey: whatever
    stands on them, the cell computes the same.

    Args:
        axes: A canvas.
        corner: Lower left corner in inches; the cell takes :data:`WIDTH` x :data:`HEIGHT`.
        cell: The architecture.
    """
    nodes, edges = living(cell)
    left = corner[0] + (WIDTH - _LAST * _STEP) / 2
    centers = [(left + _STEP * node, corner[1] + _BASE) for node in range(_LAST + 1)]
    for edge, operation in zip(EDGES, cell.operations, strict=True):
        source, target = edge
        bend = _BENDS.get(edge, 0.0)
        style = dict(_STROKES[operation][2]) if operation in _STROKES else {**_NONE, "head": False}
        if operation != "none" and edge not in edges:
            style["color"] = PALE
        x, y = draw_arrow(axes, centers[source], centers[target], bend=bend, gap=_RADIUS * 72 + 1.5, **style)
        if operation != "none":
            # Beneath the first edge, because two arcs leave the input above it.
            side = -1 if bend < 0 or edge == (0, 1) else 1
            color = INK if edge in edges else GREY
            # On a short edge the arrow head takes the end, so the word stands over what is left of the line.
            shift = 0.0 if bend else -0.03
            axes.text(
                x + shift,
                y + side * 0.045,
                _STROKES[operation][1],
                ha="center",
                va="bottom" if side > 0 else "top",
                fontsize=6.5,
                color=color,
                zorder=5,
            )
    for node, center in enumerate(centers):
        name = {0: "in", _LAST: "out"}.get(node, str(node))
        draw_node(axes, center, _RADIUS, name, alive=node in nodes, filled=node in (0, _LAST))
    if not edges:
        middle = (centers[0][0] + centers[-1][0]) / 2
        axes.text(
            middle, corner[1] + 0.04, "no path from in to out", ha="center", va="bottom", fontsize=6.5, color=GREY
        )


def living(cell: Cell) -> tuple[set[int], set[tuple[int, int]]]:
    """Nodes and edges of a cell that lie on a path from input to output."""
    import networkx as nx

    graph = nx.DiGraph()
    graph.add_nodes_from(range(_LAST + 1))
    graph.add_edges_from(edge for edge, operation in zip(EDGES, cell.operations, strict=True) if operation != "none")
    reached, useful = nx.descendants(graph, 0) | {0}, nx.ancestors(graph, _LAST) | {_LAST}
    nodes = reached & useful
    return nodes, {(source, target) for source, target in graph.edges if {source, target} <= nodes}


def legend_handles(cells: list[Cell]) -> list[Any]:
    """Legend entries: every operation, and what else appears in the cells."""
    from matplotlib.lines import Line2D

    handles = [Line2D([], [], label=label, solid_capstyle="butt", **style) for label, _, style in _STROKES.values()]
    if any("none" in cell.operations for cell in cells):
        handles.append(Line2D([], [], label="none", **_NONE))
    if any(sum(operation != "none" for operation in cell.operations) > len(living(cell)[1]) for cell in cells):
        handles.append(Line2D([], [], label="without effect", color=PALE, linewidth=1.7))
    return handles
