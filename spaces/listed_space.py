"""The architectures of a list as a search space: all that a table of results knows of a space too large to list."""

import hashlib
from collections.abc import Hashable, Iterable
from functools import cached_property
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from nas_plugins.spaces.errors import InvalidArchitecture, InvalidArgument
from nas_plugins.spaces.graph import stack
from nas_plugins.spaces.part_of_space import PartOfSpace
from nas_plugins.spaces.space import FiniteSearchSpace, SearchSpace

A = TypeVar("A", bound=Hashable)


class ListedSpace(PartOfSpace[A], FiniteSearchSpace[A]):
    """Some architectures of a space, in the order given; searched without ever leaving them.

    Neighbours are those of the whole that are listed, mostly none where a few are listed of very many.

    Args:
        whole: The space.
        architectures: Members of it; a repetition counts once.

    Raises:
        InvalidArgument: None are listed.
        InvalidArchitecture: One is not of the space.
    """

    def __init__(self, whole: SearchSpace[A], architectures: Iterable[A]) -> None:
        super().__init__(whole)
        self._places = {architecture: place for place, architecture in enumerate(dict.fromkeys(architectures))}
        self._listed = tuple(self._places)
        if not self._listed:
            raise InvalidArgument(f"wanted at least one architecture of {whole.name}, got none")
        for architecture in self._listed:
            if not whole.contains(architecture):
                raise InvalidArchitecture(f"wanted architectures of {whole.name}, got {architecture!r}")

    def _checked(self, architecture: A) -> A:
        if architecture not in self._places:
            raise InvalidArchitecture(
                f"wanted one of the {len(self)} architectures of {self.name} that are listed, got {str(architecture)!r}"
            )
        return architecture

    def plain(self) -> list[dict[str, Any]]:
        """How many are listed, and a digest of which, in their order."""
        return [{"listed": len(self), "digest": self._digest}]

    @cached_property
    def _digest(self) -> str:
        return hashlib.sha256("\n".join(map(str, self._listed)).encode()).hexdigest()[:16]

    def allows(self, architecture: A) -> bool:
        """Whether a member of the whole is listed."""
        return architecture in self._places

    def __len__(self) -> int:
        """Number of architectures listed."""
        return len(self._listed)

    def __getitem__(self, index: int) -> A:
        """The architecture at a place of the list."""
        if not 0 <= index < len(self):
            raise IndexError(f"wanted an index from 0 to {len(self) - 1}, got {index}")
        return self._listed[index]

    def index(self, architecture: A) -> int:
        """The place of an architecture in the list.

        Raises:
            InvalidArchitecture: It is not listed.
        """
        return self._places[self._checked(architecture)]

    def sample(self, rng: np.random.Generator) -> A:
        """Draw one of the architectures uniformly."""
        return FiniteSearchSpace.sample(self, rng)

    def graph_arrays(self) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
        """The graphs in the order of the list, rows of zeros behind those of fewer nodes than the largest."""
        graphs = [self.to_graph(architecture) for architecture in self]
        most = max(len(graph.operations) for graph in graphs)
        operations, adjacency = stack(graphs, self.operations, nodes=most)
        return operations.astype(np.uint8), adjacency.astype(np.uint8)

    @cached_property
    def _hash(self) -> int:
        return hash((type(self), self.whole, self._listed))

    def __eq__(self, other: object) -> bool:
        """Equal are the same architectures of equal spaces, in the same order."""
        return isinstance(other, ListedSpace) and (self.whole, self._listed) == (other.whole, other._listed)

    def __hash__(self) -> int:
        return self._hash

    def __repr__(self) -> str:
        return f"ListedSpace({self.whole!r}, {len(self)} architectures)"
