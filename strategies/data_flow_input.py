"""What lies between input and output of an architecture, as a row of numbers."""

from collections.abc import Hashable, Sequence
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from nas_plugins.spaces.space import SearchSpace
from nas_plugins.strategies.inputs import Input

A = TypeVar("A", bound=Hashable)


class DataFlowInput(Input[A]):
    """Operations along the paths from input to output.

    What an architecture computes depends on the paths that data take, not on the names of the decisions that laid them:
    an operation that nothing reaches, or whose result goes nowhere, does nothing, and a skip before a convolution is
    the convolution. For every operation: how many lie on some path, and how many on one path on average, at most and at
    least; the same for all operations together; and the number of paths. Operations of value zero cut paths,
    identities count for nothing.

    Args:
        space: The space of the architectures; its graph view is read.
        weight: Factor of all columns: what they weigh beside other inputs.

    References:
        White, Neiswanger and Savani, BANANAS, AAAI 2021 (paths as features of architectures).
    """

    def __init__(self, space: SearchSpace[A], *, weight: float = 1.0) -> None:
        self.space = space
        self.weight = weight
        silent = {*space.end_operations, *space.zero_operations, *space.identity_operations}
        self._counted = [index for index, operation in enumerate(space.operations) if operation not in silent]

    def __call__(self, architectures: Sequence[A]) -> NDArray[np.float64]:
        """The rows ``(architectures, 4 * (operations that compute) + 4)``."""
        graphs = [self.space.to_graph(architecture) for architecture in architectures]
        column = {operation: index for index, operation in enumerate(self.space.operations)}
        nodes = max((len(graph.operations) for graph in graphs), default=0)
        labels = np.full((len(graphs), nodes), -1)
        adjacency = np.zeros((len(graphs), nodes, nodes), dtype=bool)
        for row, graph in enumerate(graphs):
            labels[row, : len(graph.operations)] = [column[operation] for operation in graph.operations]
            if graph.edges:
                adjacency[row, *np.transpose(graph.edges)] = True
        return self.weight * self._rows(labels, adjacency)

    def _rows(self, labels: NDArray[np.int64], adjacency: NDArray[np.bool_]) -> NDArray[np.float64]:
        count, nodes = labels.shape
        zero = np.isin(labels, [self.space.operations.index(name) for name in self.space.zero_operations])
        own = labels[..., None] == np.array(self._counted, dtype=np.int64)
        own = np.concatenate([own, own.any(2, keepdims=True)], axis=2).astype(np.float64)  # the last: any of them
        paths = np.zeros((count, nodes))
        total, most, least = np.zeros_like(own), np.zeros_like(own), np.zeros_like(own)
        starts = (labels >= 0) & ~adjacency.any(1) & ~zero
        for node in range(nodes):
            before = adjacency[:, :, node] & (paths > 0) & ~zero[:, [node]]
            paths[:, node] = (paths * before).sum(1) + starts[:, node]
            reached = (paths[:, node] > 0)[:, None]
            total[:, node] = (total * before[..., None]).sum(1) + paths[:, [node]] * own[:, node]
            most[:, node] = np.where(before[..., None], most, -np.inf).max(1, initial=-np.inf) + own[:, node]
            least[:, node] = np.where(before[..., None], least, np.inf).min(1, initial=np.inf) + own[:, node]
            passed = reached & ~starts[:, [node]]
            most[:, node], least[:, node] = (np.where(passed, found[:, node], 0.0) for found in (most, least))
        last = (labels >= 0).sum(1) - 1  # the output stands last
        row = np.arange(count)
        through = paths[row, last] if nodes else np.zeros(count)
        on_paths = self._on_paths(paths > 0, adjacency & ~zero[:, None, :], last)
        alive = (own * on_paths[..., None]).sum(1)
        average = total[row, last] / np.maximum(through, 1.0)[:, None]
        return np.concatenate(
            [alive[:, :-1], average, most[row, last], least[row, last], np.sqrt(through)[:, None]], axis=1
        )

    @staticmethod
    def _on_paths(
        reached: NDArray[np.bool_], adjacency: NDArray[np.bool_], last: NDArray[np.int64]
    ) -> NDArray[np.bool_]:
        """Which nodes lie between input and output."""
        ending = np.zeros_like(reached)
        ending[np.arange(len(last)), last] = True
        for node in reversed(range(reached.shape[1])):
            ending[:, node] |= (adjacency[:, node] & ending).any(1)
        return reached & ending & reached[np.arange(len(last)), last][:, None]
