"""The contract of a search space."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from nas_plugins.spaces.cost import Cost, count_multiply_adds, count_parameters
from nas_plugins.spaces.errors import InvalidArchitecture, InvalidArgument
from nas_plugins.spaces.graph import Graph, edit_distance, stack

if TYPE_CHECKING:
    from torch import nn

    from nas_plugins.spaces.cost_bound import CostBound

A = TypeVar("A", bound=Hashable)
"""A frozen, hashable architecture whose ``str()`` is canonical: ``space.parse(str(a)) == a``."""


class SearchSpace(ABC, Generic[A]):
    """A set of architectures, and the views of one that search strategies, networks and tuners need.

    Every view is a round trip: text (:meth:`parse`), graph (:meth:`to_graph`, :meth:`from_graph`) and flat categorical
    choices (:meth:`choices`, :meth:`to_choices`, :meth:`from_choices`).
    """

    name: str
    """The name the command line and saved files use, for example ``"nasbench201"``."""

    operations: tuple[str, ...]
    """Labels a node of the graph view may carry, inputs and outputs included."""

    end_operations: frozenset[str] = frozenset({"input", "output"})
    """Labels of inputs, which have no predecessors in the graph view, and of the output, its last node."""

    zero_operations: frozenset[str] = frozenset()
    """Operations whose result is zero whatever goes in: nothing passes such a node."""

    identity_operations: frozenset[str] = frozenset()
    """Operations that pass on what goes in."""

    @abstractmethod
    def sample(self, rng: np.random.Generator) -> A:
        """Draw one architecture uniformly over the space."""

    def sampler_within(self, bounds: "Sequence[CostBound[A]]") -> Callable[[np.random.Generator], A] | None:
        """What draws near or within bounds on costs, for spaces in which draws of the whole would hardly ever be.

        Every architecture within the bounds comes with the same chance; others may come too, and are to be drawn again.
        ``None``, as here, where there is nothing better than :meth:`sample`.

        Args:
            bounds: All shall hold.

        Raises:
            InvalidArgument: Nothing is cheap enough; the message names the smallest cost there is.
        """
        del bounds
        return None

    @abstractmethod
    def contains(self, architecture: object) -> bool:
        """Tell whether an object is an architecture of this space; never raises."""

    @abstractmethod
    def neighbors(self, architecture: A) -> Iterator[A]:
        """Iterate over the architectures one edit away, each once, without the architecture itself."""

    @abstractmethod
    def parse(self, text: str) -> A:
        """Read an architecture from its canonical text.

        Raises:
            InvalidArchitecture: The message says what was wrong with the text.
        """

    @abstractmethod
    def to_graph(self, architecture: A) -> Graph:
        """The architecture as a graph with operations on nodes and the true data flow on edges."""

    @abstractmethod
    def from_graph(self, graph: Graph) -> A:
        """The architecture a graph describes; the inverse of :meth:`to_graph`.

        Raises:
            InvalidArchitecture: The graph describes no member of the space.
        """

    def from_graph_arrays(self, operations: NDArray[np.integer], edges: NDArray[np.bool_]) -> list[A | None]:
        """The architectures that many graphs describe, and None for each that describes none.

        Args:
            operations: Index of the operation on each node ``(n, nodes)``, -1 behind the last node of a graph.
            edges: Strictly upper triangular ``(n, nodes, nodes)``.
        """
        found: list[A | None] = []
        for labels, adjacency in zip(operations, edges, strict=True):
            nodes = int((labels >= 0).sum())
            names = [self.operations[label] for label in labels[:nodes]]
            try:
                found.append(self.from_graph(Graph.from_adjacency(names, adjacency[:nodes, :nodes])))
            except InvalidArchitecture:
                found.append(None)
        return found

    @abstractmethod
    def choices(self) -> dict[str, tuple[str, ...]]:
        """The flat categorical view any tuner understands: name of a decision to its options."""

    @abstractmethod
    def to_choices(self, architecture: A) -> dict[str, str]:
        """One option for each decision of :meth:`choices`."""

    @abstractmethod
    def from_choices(self, choices: Mapping[str, Any]) -> A:
        """The architecture that a full set of decisions names.

        Raises:
            InvalidArchitecture: A decision is missing, unknown, or takes an unknown option.
        """

    @abstractmethod
    def canonical_form(self, architecture: A) -> str:
        """A text that architectures share when they are known to compute the same function."""

    def edit_distance(self, first: A, second: A) -> int:
        """Number of operations and edges in which the graphs of two architectures differ, at their numbering of nodes.

        Spaces whose architectures have no numbering of their own take the least over all numberings.
        """
        return edit_distance(self.to_graph(first), self.to_graph(second))

    def finite(self, **settings: Any) -> "FiniteSearchSpace[A]":
        """A space that can be enumerated: itself, or a part drawn from a space that is too large.

        Args:
            **settings: Of the draw, as :attr:`FiniteSearchSpace.settings` of the part tells them.

        Raises:
            InvalidArgument: The space has no such part, or not with these settings.
        """
        raise InvalidArgument(f"wanted a search space that can be enumerated, got {self.name}")

    @abstractmethod
    def network(self, architecture: A, num_classes: int, **scale: Any) -> "nn.Module":
        """The trainable torch network of an architecture.

        Args:
            architecture: A member of the space.
            num_classes: Outputs of the classifier, at least 2.
            **scale: The space's own sizes, for example channels and depth.
        """

    def cost(
        self, architecture: A, num_classes: int, *, image_shape: Sequence[int] = (3, 32, 32), **scale: Any
    ) -> Cost:
        """What the network of an architecture costs.

        This counts over a network that is built without memory for its weights; spaces that know a formula answer
        faster, with the same figures.

        Args:
            architecture: A member of the space.
            num_classes: Outputs of the classifier, at least 2.
            image_shape: ``(channels, height, width)`` of one image.
            **scale: As in :meth:`network`.
        """
        import torch

        with torch.device("meta"):
            network = self.network(architecture, num_classes, **scale)
        return Cost(count_parameters(network), count_multiply_adds(network, image_shape))

    def __eq__(self, other: object) -> bool:
        """Spaces without settings of their own are equal when they are of one type."""
        return type(self) is type(other)

    def __hash__(self) -> int:
        return hash(type(self))

    def __repr__(self) -> str:
        return f"{type(self).__name__}()"


class FiniteSearchSpace(SearchSpace[A]):
    """A search space small enough to enumerate: sized, iterable in a fixed order, indexable both ways."""

    settings: Mapping[str, Any] = MappingProxyType({})
    """How it was drawn, where it is a part of a larger space; empty where it is whole."""

    def finite(self, **settings: Any) -> "FiniteSearchSpace[A]":
        """The space itself; there is nothing to draw."""
        if settings:
            raise InvalidArgument(f"wanted no settings of a draw for {self.name}, which is enumerated, got {settings}")
        return self

    @abstractmethod
    def __len__(self) -> int:
        """Number of architectures."""

    @abstractmethod
    def __getitem__(self, index: int) -> A:
        """The architecture at a position of the enumeration, ``0 <= index < len(self)``."""

    @abstractmethod
    def index(self, architecture: A) -> int:
        """The position of an architecture in the enumeration; the inverse of indexing."""

    def __iter__(self) -> Iterator[A]:
        """Every architecture once, in the order of the enumeration."""
        return (self[index] for index in range(len(self)))

    def __contains__(self, architecture: object) -> bool:
        """Same as :meth:`contains`."""
        return self.contains(architecture)

    def sample(self, rng: np.random.Generator) -> A:
        """Draw one architecture uniformly over the space."""
        return self[int(rng.integers(len(self)))]

    def graph_arrays(self) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
        """The graphs of the whole enumeration as two arrays, for learning from all of them.

        Returns:
            One-hot operations ``(len(self), nodes, operations)`` and adjacency ``(len(self), nodes, nodes)``; graphs of
            fewer nodes than the largest have rows of zeros behind theirs.
        """
        operations, adjacency = stack(map(self.to_graph, self), self.operations)
        return operations.astype(np.uint8), adjacency.astype(np.uint8)
