"""The six rules by which arch2vec tells whether a decoded pair of matrices is a cell of the DARTS space.

Yan et al., 2020, appendix B, in the paper's words. They judge raw matrices, as a decoder gives them. A cell obeys all
six; the converse needs one thing more, that the output reads every operation, because a cell's output concatenates all
of its nodes: :meth:`DARTS.from_graph` asks for that too. :func:`passes_published_check` is what the official code runs
instead of the rules.
"""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from nas_plugins.spaces.darts.cell import INPUTS, NODES, OPERATIONS

FIRST_INPUT, SECOND_INPUT, OUTPUT = "c_k-2", "c_k-1", "c_k"
"""Labels of the outputs of the two cells before and of the cell's own (appendix A.3)."""

SIZE = INPUTS + 2 * NODES + 1
"""Nodes of the graph view: two inputs, an operation on each of the eight edges, the output."""

Matrix = NDArray[np.generic]


def starts_with_inputs(operations: Sequence[str], adjacency: Matrix) -> bool:
    """1) The first two nodes must be the input nodes."""
    return tuple(operations[:2]) == (FIRST_INPUT, SECOND_INPUT) and not {FIRST_INPUT, SECOND_INPUT} & {*operations[2:]}


def ends_with_output(operations: Sequence[str], adjacency: Matrix) -> bool:
    """2) The last node must be the output node."""
    return len(operations) > 0 and operations[-1] == OUTPUT and OUTPUT not in operations[:-1]


def has_predecessors(operations: Sequence[str], adjacency: Matrix) -> bool:
    """3) Except the two input nodes, there are no nodes which do not have any predecessor."""
    return bool(np.all(np.any(adjacency, axis=0)[INPUTS:]))


def has_successors(operations: Sequence[str], adjacency: Matrix) -> bool:
    """4) Except the output node, there are no nodes which do not have any successor."""
    return bool(np.all(np.any(adjacency, axis=1)[:-1]))


def reads_two_nodes(operations: Sequence[str], adjacency: Matrix) -> bool:
    """5) Each intermediate node must contain two edges from the previous nodes.

    An intermediate node is a pair of operations here, at indices ``2 k + 2`` and ``2 k + 3``. Each of the two must
    carry one of the cell's operations and read one node: an input, or both operations of an earlier pair, whose sum
    that node is. The two read different nodes.
    """
    return len(operations) == SIZE and all(
        {operations[2 * node + 2], operations[2 * node + 3]} <= set(OPERATIONS)
        and None not in (sources := {source_of(adjacency, 2 * node + 2), source_of(adjacency, 2 * node + 3)})
        and len(sources) == 2
        for node in range(NODES)
    )


def is_upper_triangular(operations: Sequence[str], adjacency: Matrix) -> bool:
    """6) The adjacency has to be an upper-triangular binary matrix, which represents a directed acyclic graph."""
    square = adjacency.shape == (len(operations), len(operations))
    return square and bool(np.isin(adjacency, (0, 1)).all()) and not np.tril(adjacency).any()


RULES: dict[str, Callable[[Sequence[str], Matrix], bool]] = {
    "the first two nodes must be the input nodes": starts_with_inputs,
    "the last node must be the output node": ends_with_output,
    "except the two input nodes, there are no nodes which do not have any predecessor": has_predecessors,
    "except the output node, there are no nodes which do not have any successor": has_successors,
    "each intermediate node must contain two edges from the previous nodes": reads_two_nodes,
    "it has to be an upper-triangular binary matrix": is_upper_triangular,
}
"""The six rules by their wording, in the paper's order."""


def broken_rules(operations: Sequence[str], adjacency: Matrix) -> list[str]:
    """The rules, in the paper's wording, that labels ``(11,)`` and an adjacency ``(11, 11)`` break; none for a cell."""
    matrix = np.asarray(adjacency)
    if len(operations) != SIZE or matrix.shape != (SIZE, SIZE):
        # The rules speak of matrices of the right size; of others, only what can be read is told.
        return [name for name, rule in RULES.items() if rule in (reads_two_nodes, is_upper_triangular)]
    return [name for name, rule in RULES.items() if not rule(operations, matrix)]


def source_of(adjacency: Matrix, index: int) -> int | None:
    """The one node of the cell that the operation at an index of the graph reads, 0 to 5; ``None`` if it is not one."""
    sources = np.flatnonzero(adjacency[:, index]).tolist()
    if len(sources) == 1 and sources[0] < INPUTS:
        return int(sources[0])
    if len(sources) == 2 and sources[0] >= INPUTS and sources[0] % 2 == 0 and sources[1] == sources[0] + 1 < index:
        return int(sources[0]) // 2 + 1
    return None


def passes_published_check(operations: Sequence[str], adjacency: Matrix) -> bool:
    """What the official code tests: labels in their places, and for each operation an edge from any earlier pair.

    It neither asks how many nodes an operation reads nor whether anything reads it, so most of what passes is no cell.
    """
    matrix = np.asarray(adjacency)
    if tuple(operations[:2]) != (FIRST_INPUT, SECOND_INPUT) or operations[-1] != OUTPUT:
        return False
    if not set(operations[INPUTS:-1]) <= set(OPERATIONS):
        return False
    return all(matrix[: index - index % 2, index].any() for index in range(INPUTS, SIZE - 1))
