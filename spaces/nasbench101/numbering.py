"""Numberings of the vertices of a cell, and the one that stands for all of them.

A matrix of edges is one integer, as in the official generator: bit ``target * (target - 1) / 2 + source`` is the edge
``source -> target``. Of all numberings of a cell the canonical one has the smallest integer, and among those the
smallest sequence of operations; it is the one that the official generator meets first and that the published records
carry.
"""

from collections.abc import Iterable, Sequence
from functools import cache
from itertools import permutations

import numpy as np
from numpy.typing import NDArray

Edges = tuple[tuple[int, int], ...]


def edge_bit(source: int, target: int) -> int:
    """Position of the edge ``source -> target`` in the integer of a matrix."""
    return target * (target - 1) // 2 + source


def edges_to_bits(edges: Iterable[tuple[int, int]]) -> int:
    """The integer of a set of edges."""
    return sum(1 << edge_bit(source, target) for source, target in edges)


@cache
def bits_to_edges(vertices: int, bits: int) -> Edges:
    """The edges of an integer, sorted by source, then target."""
    return tuple(
        (source, target)
        for source in range(vertices)
        for target in range(source + 1, vertices)
        if bits >> edge_bit(source, target) & 1
    )


@cache
def renumberings(vertices: int) -> NDArray[np.int64]:
    """All ``(renumberings, vertices)`` that leave the first and the last vertex in place; row ``p`` sends v to p[v]."""
    inner = list(permutations(range(1, vertices - 1)))
    return np.array([(0, *order, vertices - 1) for order in inner], dtype=np.int64)


@cache
def canonical_matrix(vertices: int, bits: int) -> tuple[int, tuple[tuple[int, ...], ...]]:
    """The smallest integer that a renumbering gives a matrix, and all renumberings that lead to it."""
    edges = bits_to_edges(vertices, bits)
    least, leading = bits, []
    for order in map(tuple, renumberings(vertices).tolist()):
        moved = [(order[source], order[target]) for source, target in edges]
        if any(source > target for source, target in moved):
            continue  # no topological order
        value = edges_to_bits(moved)
        if value < least:
            least, leading = value, [order]
        elif value == least:
            leading.append(order)
    return least, tuple(leading)


def canonical_numbering(vertices: int, bits: int, labels: Sequence[int]) -> tuple[int, tuple[int, ...]]:
    """The canonical integer and labels of a cell.

    Args:
        vertices: Number of vertices, the first and the last included.
        bits: Integer of its edges.
        labels: Labels of the inner vertices, ``vertices - 2`` of them.
    """
    least, orders = canonical_matrix(vertices, bits)
    candidates = []
    for order in orders:
        moved = [0] * len(labels)
        for vertex, label in enumerate(labels, start=1):
            moved[order[vertex] - 1] = label
        candidates.append(tuple(moved))
    return least, min(candidates)
