"""What the official code of arch2vec takes for a valid graph in Table 1, space by space."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nas_plugins.spaces.darts.validity import passes_published_check
from nas_plugins.spaces.errors import InvalidArchitecture
from nas_plugins.spaces.nasbench101 import Cell
from nas_plugins.spaces.space import SearchSpace

Labels = NDArray[np.int64]
Edges = NDArray[np.bool_]


def published_check(
    space: SearchSpace[Any], labels: Labels, edges: Edges, seen: NDArray[np.bool_]
) -> NDArray[np.bool_]:
    """Whether the official check of a space passes graphs ``(n,)``.

    NAS-Bench-101: the graph is valid after vertices off every path are pruned (``nasbench.is_valid``), and counts as
    the graph before pruning. DARTS: labels in their places, and for each operation an edge from any earlier pair.
    Others: as for NAS-Bench-201, where edges are not looked at, nor is the operation on node
    1, but uniqueness counts different edges, so it counts graphs apart that are no architectures at all.

    Args:
        space: The space.
        labels: Index of the operation on each node ``(n, N)``, -1 behind the last node of a graph.
        edges: Strictly upper triangular ``(n, N, N)``.
        seen: Which operations the training graphs have on each node, ``(N, K)``.
    """
    if space.name in _BY_GRAPH:
        passes, nodes = _BY_GRAPH[space.name], (labels >= 0).sum(1).tolist()
        names = [[space.operations[label] for label in row[:size]] for row, size in zip(labels, nodes, strict=True)]
        checked = (
            passes(row, matrix[:size, :size].astype(np.int8))
            for row, matrix, size in zip(names, edges, nodes, strict=True)
        )
        return np.fromiter(checked, dtype=bool, count=len(labels))
    known = np.delete(seen[np.arange(labels.shape[1]), labels] | (labels < 0), 1, axis=1)
    passed: NDArray[np.bool_] = np.asarray(known.all(1))
    return passed


def _passes_after_pruning(operations: Sequence[str], adjacency: NDArray[np.int8]) -> bool:
    try:
        Cell.pruned(tuple(operations), adjacency)
    except InvalidArchitecture:
        return False
    return True


_BY_GRAPH = {"nasbench101": _passes_after_pruning, "darts": passes_published_check}
