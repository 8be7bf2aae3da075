"""Cells one edit away, and the number of edits between two cells."""

from collections.abc import Iterator
from functools import cache
from itertools import permutations

import numpy as np
from numpy.typing import NDArray

from nas_plugins.spaces.errors import InvalidArchitecture
from nas_plugins.spaces.nasbench101.cell import OPERATIONS, Cell


def neighbors(cell: Cell, max_vertices: int, max_edges: int) -> Iterator[Cell]:
    """Cells one edit away, each once.

    An edit changes the operation of a vertex, adds or removes an edge, or adds or removes a vertex that one edge enters
    and one leaves. The last counts as one edit because a vertex with only one of its two edges is pruned: the cell
    changes when the second is flipped. An edge whose removal leaves any other vertex without a path makes no neighbour.
    """
    found = {cell}
    for operations, edges in _edits(cell, max_vertices, max_edges):
        try:
            other = Cell(operations, edges)
        except InvalidArchitecture:
            continue
        if other not in found:
            found.add(other)
            yield other


def edit_distance(first: Cell, second: Cell) -> int:
    """Fewest changed operations and edges that turn one cell into the other, over all numberings.

    The distance of Ying et al. (2019, section 4.3). Vertices that a cell lacks are there without edges, and their
    operations match any.
    """
    small, large = sorted((first, second), key=lambda cell: cell.vertices)
    places = _placements(small.vertices, large.vertices)
    there = np.zeros((large.vertices, large.vertices), dtype=bool)
    there[tuple(np.transpose(large.edges))] = True
    sources, targets = np.transpose(small.edges)
    common = there[places[:, sources], places[:, targets]].sum(axis=1)
    labels = np.array([OPERATIONS.index(operation) for operation in large.operations], dtype=int)
    own = np.array([OPERATIONS.index(operation) for operation in small.operations], dtype=int)
    relabelled = (labels[places[:, 1:-1] - 1] != own).sum(axis=1)
    return int((relabelled + len(small.edges) + len(large.edges) - 2 * common).min())


@cache
def _placements(small: int, large: int) -> NDArray[np.int64]:
    """All ways ``(ways, small)`` to lay the vertices of a cell onto those of one that has as many or more."""
    inner = permutations(range(1, large - 1), small - 2)
    return np.array([(0, *images, large - 1) for images in inner], dtype=np.int64)


_Graph = tuple[tuple[str, ...], tuple[tuple[int, int], ...]]  # operations of inner vertices, and edges


def _edits(cell: Cell, max_vertices: int, max_edges: int) -> Iterator[_Graph]:
    """Graphs one edit away; some are no cells, some are the same cell."""
    operations, edges, size = cell.operations, set(cell.edges), cell.vertices
    for position, current in enumerate(operations):
        for operation in OPERATIONS:
            if operation != current:
                yield (*operations[:position], operation, *operations[position + 1 :]), cell.edges
    for edge in cell.edges:
        yield operations, tuple(edges - {edge})
    # Two vertices that no path joins may be joined either way; a numbering has only one of them upwards.
    reach = _reachability(cell)
    for source in range(size):
        for target in range(size):
            free = source != target and (source, target) not in edges and source not in reach[target]
            if free and len(edges) < max_edges:
                yield _renumbered(operations, edges | {(source, target)}, size)
    yield from _without_a_vertex(cell)
    if size < max_vertices and len(edges) + 2 <= max_edges:
        yield from _with_a_vertex(cell, reach)


def _without_a_vertex(cell: Cell) -> Iterator[_Graph]:
    operations, edges = cell.operations, cell.edges
    for vertex in range(1, cell.vertices - 1):
        if sum(vertex in edge for edge in edges) == 2:  # one enters, one leaves
            rest = [edge for edge in edges if vertex not in edge]
            yield (
                operations[: vertex - 1] + operations[vertex:],
                tuple((source - (source > vertex), target - (target > vertex)) for source, target in rest),
            )


def _with_a_vertex(cell: Cell, reach: list[set[int]]) -> Iterator[_Graph]:
    size = cell.vertices
    for source in range(size - 1):
        for target in range(1, size):
            if source != target and source not in reach[target]:
                for operation in OPERATIONS:
                    # The new vertex is numbered last for the moment.
                    grown = {*cell.edges, (source, size), (size, target)}
                    yield _renumbered((*cell.operations, operation), grown, size + 1, output=size - 1)


def _reachability(cell: Cell) -> list[set[int]]:
    """For each vertex the vertices that paths lead to, itself included."""
    reach = [{vertex} for vertex in range(cell.vertices)]
    for vertex in range(cell.vertices - 2, -1, -1):
        for source, target in cell.edges:
            if source == vertex:
                reach[vertex] |= reach[target]
    return reach


def _renumbered(
    operations: tuple[str, ...], edges: set[tuple[int, int]], size: int, output: int | None = None
) -> _Graph:
    """Operations and edges in a topological numbering that ends with the output."""
    output = size - 1 if output is None else output
    labels = dict(zip((vertex for vertex in range(1, size) if vertex != output), operations, strict=True))
    order: list[int] = []
    waiting = [vertex for vertex in range(size) if vertex != output]
    while waiting:
        ready = next(v for v in waiting if not any(target == v and source in waiting for source, target in edges))
        waiting.remove(ready)
        order.append(ready)
    place = {vertex: position for position, vertex in enumerate([*order, output])}
    return (
        tuple(labels[vertex] for vertex in order[1:]),
        tuple((place[source], place[target]) for source, target in edges),
    )
