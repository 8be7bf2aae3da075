"""All cells of up to seven vertices, each once, in the order of the official generator, in a second."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from nas_plugins.spaces.nasbench101.numbering import edge_bit, renumberings


@dataclass(frozen=True, eq=False)
class Enumeration:
    """Cells grouped by their matrix of edges: matrix ``m`` carries ``labels[offsets[m] : offsets[m + 1]]``.

    Args:
        vertices: Number of vertices of each matrix, ascending, ``(matrices,)``.
        bits: Integer of its edges, ascending within equal ``vertices``, ``(matrices,)``.
        offsets: Where its labelings start, ``(matrices + 1,)``.
        labels: Labelings as numbers whose digits, first inner vertex most significant, are the labels; ascending within
            a matrix.
    """

    vertices: NDArray[np.int64]
    bits: NDArray[np.int64]
    offsets: NDArray[np.int64]
    labels: NDArray[np.int64]

    def __len__(self) -> int:
        """Number of cells."""
        return len(self.labels)


@lru_cache(maxsize=8)
def enumerate_cells(max_vertices: int, max_edges: int, labels: int) -> Enumeration:
    """Every labelled graph whose vertices all lie on a path from the first to the last, once up to renumbering.

    Each class of isomorphic matrices is represented by the smallest integer among its renumberings, and each class of
    labelings by the smallest among the automorphisms of that matrix; so no graph is ever compared with another.

    Args:
        max_vertices: Most vertices, the first and the last included, at least 2.
        max_edges: Most edges.
        labels: Number of labels an inner vertex may carry.
    """
    sizes: list[NDArray[np.int64]] = []
    matrices: list[NDArray[np.int64]] = []
    counts: list[NDArray[np.int64]] = []
    codes: list[NDArray[np.int64]] = []
    for vertices in range(2, max_vertices + 1):
        bits, automorphic = _representatives(vertices, max_edges)
        groups, group_of = np.unique(automorphic, axis=0, return_inverse=True)
        orbits = [_least_labelings(vertices, labels, renumberings(vertices)[group]) for group in groups]
        chosen = [orbits[group] for group in group_of.reshape(-1)]
        sizes.append(np.full(len(bits), vertices))
        matrices.append(bits)
        counts.append(np.array([len(orbit) for orbit in chosen]))
        codes += chosen
    offsets = np.concatenate([[0], np.cumsum(np.concatenate(counts))])
    enumeration = Enumeration(np.concatenate(sizes), np.concatenate(matrices), offsets, np.concatenate(codes))
    for array in vars(enumeration).values():
        array.setflags(write=False)  # shared by every space
    return enumeration


def _representatives(vertices: int, max_edges: int) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Smallest integer of each class of matrices, ascending, and which renumberings leave it as it is."""
    pairs = [(source, target) for target in range(vertices) for source in range(target)]
    bits = np.arange(1 << len(pairs), dtype=np.int64)
    bits = bits[np.bitwise_count(bits) <= max_edges]
    for vertex in range(vertices):
        leaving = sum(1 << edge_bit(source, target) for source, target in pairs if source == vertex)
        entering = sum(1 << edge_bit(source, target) for source, target in pairs if target == vertex)
        # A vertex that something enters and something leaves lies on a path between the two ends.
        bits = bits[((bits & leaving) != 0) | (vertex == vertices - 1)]
        bits = bits[((bits & entering) != 0) | (vertex == 0)]
    least = np.ones(len(bits), dtype=bool)
    same = np.zeros((len(bits), len(renumberings(vertices))), dtype=bool)
    for row, order in enumerate(renumberings(vertices)):
        moved, upward = np.zeros_like(bits), np.ones(len(bits), dtype=bool)
        for source, target in pairs:
            there = (bits >> edge_bit(source, target)) & 1
            if order[source] < order[target]:
                moved |= there << edge_bit(int(order[source]), int(order[target]))
            else:
                upward &= there == 0
        least &= ~upward | (moved >= bits)
        same[:, row] = upward & (moved == bits)
    return bits[least], same[least]


def _least_labelings(vertices: int, labels: int, orders: NDArray[np.int64]) -> NDArray[np.int64]:
    """Labelings that none of the given automorphisms makes smaller."""
    inner = vertices - 2
    powers = labels ** np.arange(inner - 1, -1, -1, dtype=np.int64)
    codes = np.arange(labels**inner, dtype=np.int64)
    digits = codes[:, None] // powers % labels
    least = np.ones(len(codes), dtype=bool)
    for order in orders:
        least &= digits @ powers[order[1:-1] - 1] >= codes
    return codes[least]
