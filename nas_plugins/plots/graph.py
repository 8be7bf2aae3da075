"""The picture of any architecture through its graph view: operations in boxes, layer below layer."""

import re
from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from nas_plugins.plots.ink import Point, draw_path
from nas_plugins.plots.look import BLUE, GREEN, GREY, INK, ORANGE, PALE, PAPER, PURPLE, SKY, VERMILION
from nas_plugins.spaces.graph import Graph

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_ROW, _BOX, _LETTER, _GAP, _SIZE = 0.46, 0.2, 0.062, 0.22, 6.5
# Labels of the ends of a cell; those of DARTS count the cells before it (Yan et al., 2020, appendix A.3).
INPUT_LABELS, OUTPUT_LABELS = re.compile(r"input|c_k-"), re.compile(r"output|c_k$")

_COLORS = (BLUE, ORANGE, GREEN, PURPLE, SKY, VERMILION)

# What stands in a layer: a node, or the track (source, layer) on which edges from that source pass it.
_Item = int | tuple[int, int]


def extent(graph: Graph) -> tuple[float, float]:
    """Width and height in inches that :func:`draw_graph` needs."""
    rows = _rows(graph)
    return max((len(row) for row in rows), default=1) * _pitch(graph), max(len(rows), 1) * _ROW


def draw_graph(axes: "Axes", corner: Point, size: tuple[float, float], graph: Graph, operations: Sequence[str]) -> None:
    """Draw a graph on a canvas, from its inputs at the top to its outputs at the bottom.

    Each node stands one layer below the last of its predecessors; an edge that passes layers runs between their boxes.
    Nodes that no path from an input to an output passes, and nodes of ``none``, are grey.

    Args:
        axes: A canvas.
        corner: Lower left corner in inches.
        size: Width and height in inches, at least those of :func:`extent`.
        graph: The architecture.
        operations: The space's vocabulary; its order decides the colours.
    """
    from matplotlib.patches import FancyBboxPatch

    rows = _rows(graph)
    row_of = {item: row for row, items in enumerate(rows) for item in items}
    columns = _columns(rows)
    top, middle = corner[1] + size[1] - _ROW / 2, corner[0] + size[0] / 2
    centers = {item: (middle + _pitch(graph) * columns[item], top - _ROW * row) for item, row in row_of.items()}
    nodes = living(graph)
    # Living edges come last, over the grey ones they share a track with.
    for alive, source, target in sorted(
        (source in nodes and target in nodes, source, target) for source, target in graph.edges
    ):
        route: list[_Item] = [source, *((source, row) for row in range(row_of[source] + 1, row_of[target])), target]
        points: list[Point] = []
        for item in route:
            x, y = centers[item]
            points += [(x, y + _BOX / 2)] if item != source else []
            points += [(x, y - _BOX / 2)] if item != target else []
        draw_path(axes, points, color=GREY if alive else PALE, linewidth=0.9)
    width = _pitch(graph) - _GAP
    for node, operation in enumerate(graph.operations):
        x, y = centers[node]
        box = FancyBboxPatch((x - width / 2, y - _BOX / 2), width, _BOX, boxstyle="round,pad=0,rounding_size=0.06")
        color = _color(operation, operations) if node in nodes else PALE
        box.set(facecolor=PAPER, edgecolor=color, linewidth=1.3, zorder=3)
        axes.add_patch(box)
        ink = INK if node in nodes else GREY
        axes.text(x, y, operation, ha="center", va="center_baseline", fontsize=_SIZE, color=ink, zorder=4)


def living(graph: Graph) -> set[int]:
    """Nodes on a path from an input to an output that passes no node of ``none``.

    Inputs and outputs are the nodes so labelled (``input``, ``input_1``, ``c_k-1``, ..., ``output``, ``c_k``), or else
    the first and the last node.
    """
    import networkx as nx

    directed = _directed(graph)
    directed.remove_nodes_from([node for node, name in enumerate(graph.operations) if name == "none"])
    reached: set[int] = set()
    useful: set[int] = set()
    for node in _ends(graph, INPUT_LABELS, 0) & set(directed):
        reached |= nx.descendants(directed, node) | {node}
    for node in _ends(graph, OUTPUT_LABELS, len(graph.operations) - 1) & set(directed):
        useful |= nx.ancestors(directed, node) | {node}
    return reached & useful


def _rows(graph: Graph) -> list[list[_Item]]:
    """Layers of nodes and tracks, each ordered by the mean place of what leads to its items, which avoids crossings."""
    import networkx as nx

    rows: list[list[_Item]] = [sorted(layer) for layer in nx.topological_generations(_directed(graph))]
    row_of = {node: row for row, layer in enumerate(rows) for node in layer}
    parents: dict[_Item, list[_Item]] = {}
    for source, target in graph.edges:
        first, last = row_of[source], row_of[target]
        route: list[_Item] = [source, *((source, row) for row in range(first + 1, last)), target]
        for parent, item in pairwise(route):
            parents.setdefault(item, []).append(parent)
        for layer, track in zip(rows[first + 1 : last], route[1:-1], strict=True):
            if track not in layer:
                layer.append(track)
    for above, below in pairwise(rows):
        place = {item: index - (len(above) - 1) / 2 for index, item in enumerate(above)}
        weight = {item: sum(place[parent] for parent in parents[item]) / len(parents[item]) for item in below}
        below.sort(key=weight.__getitem__)
    return rows


def _columns(rows: list[list[_Item]]) -> dict[_Item, float]:
    """The horizontal place of each item, in columns from the middle."""
    import networkx as nx

    items: Any = nx.DiGraph()
    items.add_nodes_from(item for row in rows for item in row)
    # At this scale neighbours in a layer stand one unit apart.
    scale = (max(len(rows), *(len(row) for row in rows)) - 1) / 2
    layout = nx.multipartite_layout(items, subset_key=dict(enumerate(rows)), align="horizontal", scale=scale)
    return {item: float(x) for item, (x, _) in layout.items()}


def _ends(graph: Graph, labels: re.Pattern[str], otherwise: int) -> set[int]:
    return {node for node, name in enumerate(graph.operations) if labels.match(name)} or {otherwise}


def _directed(graph: Graph) -> Any:
    import networkx as nx

    directed = nx.DiGraph()
    directed.add_nodes_from(range(len(graph.operations)))
    directed.add_edges_from(graph.edges)
    return directed


def _pitch(graph: Graph) -> float:
    return max(0.42, _LETTER * max((len(name) for name in graph.operations), default=0) + 0.12) + _GAP


def _color(operation: str, operations: Sequence[str]) -> str:
    ends = (INPUT_LABELS, OUTPUT_LABELS)
    inner = [name for name in operations if name != "none" and not any(labels.match(name) for labels in ends)]
    return _COLORS[inner.index(operation) % len(_COLORS)] if operation in inner else INK
