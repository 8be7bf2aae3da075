"""Architectures as labelled directed acyclic graphs: operations on nodes, data flow on edges."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nas_plugins.spaces.errors import InvalidArchitecture


@dataclass(frozen=True)
class Graph:
    """A directed acyclic graph with one operation on each node.

    Nodes stand in topological order, so every edge runs from a lower to a higher index and the adjacency matrix is
    strictly upper triangular.

    Args:
        operations: One label per node.
        edges: Pairs ``(source, target)`` with ``source < target``; kept sorted and without repeats.

    Raises:
        InvalidArchitecture: An edge leaves the nodes or does not run upwards.
    """

    operations: tuple[str, ...]
    edges: tuple[tuple[int, int], ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "operations", tuple(self.operations))
        object.__setattr__(self, "edges", tuple(sorted({(int(i), int(j)) for i, j in self.edges})))
        for source, target in self.edges:
            if not 0 <= source < target < len(self.operations):
                raise InvalidArchitecture(
                    f"wanted edges (source, target) with 0 <= source < target < {len(self.operations)}, "
                    f"got ({source}, {target}); number the nodes in topological order"
                )

    @classmethod
    def from_adjacency(cls, operations: Sequence[str], adjacency: NDArray[np.generic]) -> "Graph":
        """Build a graph from a ``(nodes, nodes)`` matrix whose nonzero upper-triangular entries are edges."""
        matrix = np.asarray(adjacency)
        if matrix.shape != (len(operations), len(operations)) or np.any(np.tril(matrix)):
            raise InvalidArchitecture(
                f"wanted a strictly upper-triangular adjacency of shape ({len(operations)}, {len(operations)}), "
                f"got shape {matrix.shape}; number the nodes in topological order"
            )
        sources, targets = np.nonzero(matrix)
        return cls(tuple(operations), tuple(zip(sources.tolist(), targets.tolist(), strict=True)))

    @property
    def adjacency(self) -> NDArray[np.int8]:
        """The ``(nodes, nodes)`` strictly upper-triangular matrix of edges, entries 0 or 1."""
        matrix = np.zeros((len(self.operations), len(self.operations)), dtype=np.int8)
        for source, target in self.edges:
            matrix[source, target] = 1
        return matrix

    def digest(self) -> str:
        """A hexadecimal digest that equal graphs share up to renumbering of nodes.

        Weisfeiler-Lehman refinement over in- and out-neighbours, as many rounds as nodes, the scheme NAS-Bench-101 uses
        for its modules (Ying et al., 2019, section 2.2). Different graphs may collide, isomorphic ones never differ.
        """
        labels = [_md5(f"{operation}") for operation in self.operations]
        successors: list[list[int]] = [[] for _ in labels]
        predecessors: list[list[int]] = [[] for _ in labels]
        for source, target in self.edges:
            successors[source].append(target)
            predecessors[target].append(source)
        for _ in labels:
            labels = [
                _md5(
                    "|".join(
                        (
                            label,
                            ",".join(sorted(labels[i] for i in predecessors[node])),
                            ",".join(sorted(labels[i] for i in successors[node])),
                        )
                    )
                )
                for node, label in enumerate(labels)
            ]
        return _md5(" ".join(sorted(labels)))


def edit_distance(first: Graph, second: Graph) -> int:
    """Number of operations and edges in which two graphs of the same nodes differ.

    This is the distance of NAS-Bench-101 (Ying et al., 2019, section 4.3) at a fixed numbering of nodes; no minimum
    over renumberings is taken. A graph with fewer nodes counts as padded with empty ones.
    """
    size = max(len(first.operations), len(second.operations))
    labels = [graph.operations + ("",) * (size - len(graph.operations)) for graph in (first, second)]
    changed = sum(a != b for a, b in zip(*labels, strict=True))
    return changed + len(set(first.edges) ^ set(second.edges))


def stack(
    graphs: Iterable[Graph], operations: Sequence[str], *, nodes: int | None = None
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Encode graphs as one batch.

    Args:
        graphs: Graphs of equally many nodes, or of up to ``nodes``.
        operations: The vocabulary; its order is the order of the one-hot columns.
        nodes: Number of nodes to pad smaller graphs to: they get rows of zeros behind theirs.

    Returns:
        One-hot operations ``(batch, nodes, operations)`` and adjacency ``(batch, nodes, nodes)``.

    Raises:
        InvalidArchitecture: Numbers of nodes differ or exceed ``nodes``, or a label is not in the vocabulary.
    """
    graphs = list(graphs)
    sizes = {len(graph.operations) for graph in graphs}
    if nodes is None:
        if len(sizes) > 1:
            raise InvalidArchitecture(f"wanted graphs with equally many nodes, got {sorted(sizes)}; pad them first")
        nodes = sizes.pop() if sizes else 0
    elif sizes and max(sizes) > nodes:
        raise InvalidArchitecture(f"wanted graphs of at most {nodes} nodes, got {max(sizes)}")
    column = {operation: index for index, operation in enumerate(operations)}
    one_hot = np.zeros((len(graphs), nodes, len(column)), dtype=np.float32)
    adjacency = np.zeros((len(graphs), nodes, nodes), dtype=np.float32)
    for row, graph in enumerate(graphs):
        for node, operation in enumerate(graph.operations):
            if operation not in column:
                raise InvalidArchitecture(f"wanted an operation out of {list(operations)}, got {operation!r}")
            one_hot[row, node, column[operation]] = 1
        for source, target in graph.edges:
            adjacency[row, source, target] = 1
    return one_hot, adjacency


def shared_edges(operations: NDArray[Any], adjacency: NDArray[Any]) -> list[list[int]] | None:
    """The edges that all graphs have as far as they have nodes, ``None`` where graphs differ in more.

    Args:
        operations: One-hot ``(n, nodes, operations)`` of :func:`stack`.
        adjacency: ``(n, nodes, nodes)`` of :func:`stack`.
    """
    there = np.asarray(operations.any(-1))
    both = there[:, :, None] & there[:, None, :]
    has = adjacency > 0
    anywhere = np.asarray(has.any(0))
    if (has != anywhere & both).any():
        return None
    return np.argwhere(anywhere).tolist()


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
