"""The graphs of recorded architectures, made once and picked by row."""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from nas_plugins.spaces.errors import InvalidArgument
from nas_plugins.spaces.graph import shared_edges, stack
from nas_plugins.spaces.space import SearchSpace


class RecordedGraphs:
    """Graphs of architectures as tensors, a row for each.

    Args:
        space: The space of the architectures.
        texts: Canonical texts; a repetition counts once.
    """

    def __init__(self, space: SearchSpace[Any], texts: Iterable[str]) -> None:
        self.space = space
        self.texts = tuple(sorted(set(texts)))
        self._row = {text: index for index, text in enumerate(self.texts)}
        graphs = [space.to_graph(space.parse(text)) for text in self.texts]
        self.nodes = max(len(graph.operations) for graph in graphs)
        one_hot, adjacency = stack(graphs, space.operations, nodes=self.nodes)
        self._one_hot, self._adjacency = torch.from_numpy(one_hot), torch.from_numpy(adjacency)

    def rows(self, texts: Sequence[str]) -> NDArray[np.int64]:
        """Where architectures are, ``(texts,)``."""
        return np.array([self._row[text] for text in texts], dtype=np.int64)

    def __getitem__(self, rows: NDArray[np.int64]) -> tuple[Tensor, Tensor]:
        """One-hot operations ``(rows, nodes, operations)`` and adjacency ``(rows, nodes, nodes)``."""
        return self._one_hot[rows], self._adjacency[rows]

    def shared_edges(self) -> list[list[int]]:
        """The edges that all graphs have, and no others.

        Raises:
            InvalidArgument: Graphs differ in edges.
        """
        edges = shared_edges(self._one_hot.numpy(), self._adjacency.numpy())
        if edges is None:
            raise InvalidArgument(
                f"wanted graphs with the same edges, those of {self.space.name} differ; decide on them"
            )
        return edges
