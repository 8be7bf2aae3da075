"""Numbers that equal graphs share up to renumbering, for thousands of graphs at once."""

import numpy as np
from numpy.typing import NDArray


def graph_fingerprints(operations: NDArray[np.int64], edges: NDArray[np.bool_]) -> NDArray[np.uint64]:
    """Refine labels by those of predecessors and successors, as :meth:`Graph.digest` does, in 64-bit numbers.

    Graphs share a fingerprint where they share a digest; others collide about once in ``2 ** 64`` pairs.

    Args:
        operations: Index of the operation on each node ``(B, N)``, -1 where there is no node.
        edges: Strictly upper triangular ``(B, N, N)``, none at nodes that are not there.

    Returns:
        ``(B,)``.
    """
    there = (operations >= 0).astype(np.uint64)
    entering, leaving = edges.transpose(0, 2, 1).astype(np.uint64), edges.astype(np.uint64)
    labels = _scrambled(operations.astype(np.int64).view(np.uint64))
    for _ in range(operations.shape[1]):
        before = (entering * _scrambled(labels ^ _BEFORE)[:, None, :]).sum(-1)
        after = (leaving * _scrambled(labels ^ _AFTER)[:, None, :]).sum(-1)
        labels = _scrambled(labels + _scrambled(before + _BEFORE) * _AFTER + _scrambled(after))
    return _scrambled((there * _scrambled(labels)).sum(-1))


# Odd constants of the golden ratio and of splitmix64 (Steele, Lea and Flood, 2014).
_BEFORE, _AFTER = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xD1B54A32D192ED03)


def _scrambled(values: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """The finaliser of splitmix64: every bit of the result depends on every bit of the value."""
    values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return values ^ (values >> np.uint64(31))
