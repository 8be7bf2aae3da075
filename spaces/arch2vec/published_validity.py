"""What the official code of arch2vec takes for a valid graph in Table 1, space by space."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nas_plugins.spaces.darts.validity import passes_published_check
from nas_plugins.spaces.errors import InvalidArchitecture
from nas_plugins.spaces.graph import Graph
from nas_plugins.spaces.nasbench101 import Cell
from nas_plugins.spaces.space import SearchSpace

Check = Callable[[Graph], bool]
"""Whether the official code passes a graph."""


def published_check(space: SearchSpace[Any], seen: NDArray[np.bool_]) -> Check:
    """The official check of a space.

    NAS-Bench-101: the graph is valid after vertices off every path are pruned (``nasbench.is_valid``), and counts as
    the graph before pruning. DARTS: labels in their places, and for each operation an edge from any earlier pair.
    Others: as for NAS-Bench-201, where edges are not looked at, nor is the operation on node
    1, but uniqueness counts different edges, so it counts graphs apart that are no architectures at all.

    Args:
        space: The space.
        seen: Which operations the training graphs have on each node, ``(N, K)``.
    """
    if space.name == "nasbench101":
        return _passes_after_pruning
    if space.name == "darts":
        return lambda graph: passes_published_check(graph.operations, graph.adjacency)
    allowed = [{space.operations[k] for k in np.flatnonzero(row)} for row in seen]

    def check(graph: Graph) -> bool:
        labels = zip(graph.operations, allowed, strict=False)
        return all(label in options for node, (label, options) in enumerate(labels) if node != 1)

    return check


def _passes_after_pruning(graph: Graph) -> bool:
    try:
        Cell.pruned(graph.operations, graph.adjacency)
    except InvalidArchitecture:
        return False
    return True
