"""A part of a search space: the views of the whole, and a refusal of what is not in the part."""

from abc import abstractmethod
from collections.abc import Hashable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from nas_plugins.spaces.cost import Cost
from nas_plugins.spaces.graph import Graph
from nas_plugins.spaces.space import SearchSpace

if TYPE_CHECKING:
    from torch import nn

A = TypeVar("A", bound=Hashable)


class PartOfSpace(SearchSpace[A]):
    """A part bears the name of the whole, whose weights and tables fit it, and sees architectures as the whole does.

    Args:
        whole: The space.
    """

    def __init__(self, whole: SearchSpace[A]) -> None:
        self.whole = whole
        self.name, self.operations = whole.name, whole.operations
        self.end_operations = whole.end_operations
        self.zero_operations, self.identity_operations = whole.zero_operations, whole.identity_operations

    @abstractmethod
    def _checked(self, architecture: A) -> A:
        """A member of the whole, if it is one of the part.

        Raises:
            InvalidArchitecture: It is not; the message says why.
        """

    @abstractmethod
    def plain(self) -> list[dict[str, Any]]:
        """What makes this part of the whole, as plain data that saved states are known by, the same in any process."""

    @abstractmethod
    def allows(self, architecture: A) -> bool:
        """Whether a member of the whole is in the part."""

    def contains(self, architecture: object) -> bool:
        """Tell whether an object is an architecture of the part; never raises."""
        return self.whole.contains(architecture) and self.allows(architecture)  # type: ignore[arg-type]  # it is one

    def neighbors(self, architecture: A) -> Iterator[A]:
        """The neighbours in the part; there may be none."""
        return filter(self.contains, self.whole.neighbors(architecture))

    def parse(self, text: str) -> A:
        """Read an architecture, and refuse one that is not of the part."""
        return self._checked(self.whole.parse(text))

    def to_graph(self, architecture: A) -> Graph:
        """As in the whole."""
        return self.whole.to_graph(architecture)

    def from_graph(self, graph: Graph) -> A:
        """As in the whole; refuses an architecture that is not of the part."""
        return self._checked(self.whole.from_graph(graph))

    def choices(self) -> dict[str, tuple[str, ...]]:
        """As in the whole: some sets of decisions name no member of the part."""
        return self.whole.choices()

    def to_choices(self, architecture: A) -> dict[str, str]:
        """As in the whole."""
        return self.whole.to_choices(architecture)

    def from_choices(self, choices: Mapping[str, Any]) -> A:
        """As in the whole; refuses an architecture that is not of the part."""
        return self._checked(self.whole.from_choices(choices))

    def canonical_form(self, architecture: A) -> str:
        """As in the whole."""
        return self.whole.canonical_form(architecture)

    def edit_distance(self, first: A, second: A) -> int:
        """As in the whole."""
        return self.whole.edit_distance(first, second)

    def network(self, architecture: A, num_classes: int, **scale: Any) -> "nn.Module":
        """As in the whole."""
        return self.whole.network(architecture, num_classes, **scale)

    def cost(self, architecture: A, num_classes: int, **scale: Any) -> Cost:
        """As in the whole, whose default size of images holds."""
        return self.whole.cost(architecture, num_classes, **scale)
