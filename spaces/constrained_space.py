"""A search space within bounds: whatever searches it asks for nothing that costs more."""

from collections.abc import Hashable, Sequence
from functools import cached_property, lru_cache
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from nas_plugins.spaces.cost_bound import CostBound
from nas_plugins.spaces.errors import InvalidArchitecture, InvalidArgument
from nas_plugins.spaces.part_of_space import PartOfSpace
from nas_plugins.spaces.space import FiniteSearchSpace, SearchSpace

A = TypeVar("A", bound=Hashable)

_LISTED = 50_000  # finite spaces of at most so many architectures are gone through once; larger ones are drawn from
_DRAWS = 100_000  # rejected draws in a row after which bounds are taken to be too tight to draw within


def constrain(space: SearchSpace[A], bounds: Sequence[CostBound[A]]) -> SearchSpace[A]:
    """The part of a space that every bound allows, as a space of its own; without bounds the space itself.

    A strategy that searches it keeps to the bounds without knowing of them: draws are uniform over what is allowed,
    neighbours are those that are, and anything else is no member. A small finite space stays finite, with the size of
    its allowed part.

    Args:
        space: Any space, one that is constrained already included.
        bounds: All must hold.

    Raises:
        InvalidArgument: Nothing is cheap enough; the message names the smallest cost there is.
    """
    if not bounds:
        return space
    if isinstance(space, ConstrainedSpace):
        return constrain(space.whole, (*space.bounds, *bounds))
    if isinstance(space, FiniteSearchSpace) and len(space) <= _LISTED:
        return ConstrainedFiniteSpace(space, tuple(bounds))
    return ConstrainedSpace(space, tuple(bounds))


def plain_bounds(space: SearchSpace[Any]) -> list[dict[str, Any]]:
    """What makes a space a part of another as plain data for saved states, in an order of its own; none for a whole.

    The same bounds and lists of the same space give the same, in another process too.
    """
    bounds: list[dict[str, Any]] = []
    while isinstance(space, PartOfSpace):
        bounds += space.plain()
        space = space.whole
    return sorted(bounds, key=repr)


class ConstrainedSpace(PartOfSpace[A]):
    """A space within bounds, see :func:`constrain`.

    Draws come from the space's own sampler within bounds where it has one (:meth:`SearchSpace.sampler_within`), else
    from draws of the whole until one is allowed, which is as uniform.

    Args:
        whole: The space.
        bounds: At least one.

    Raises:
        InvalidArgument: Nothing is cheap enough, as far as the space can tell before drawing.
    """

    def __init__(self, whole: SearchSpace[A], bounds: tuple[CostBound[A], ...]) -> None:
        super().__init__(whole)
        self.bounds = bounds
        self._sampler = whole.sampler_within(bounds)

    def plain(self) -> list[dict[str, Any]]:
        """The bounds, one by one."""
        return [bound.plain() for bound in self.bounds]

    def allows(self, architecture: A) -> bool:
        """Whether a member of the whole is within every bound."""
        return all(bound.allows(architecture) for bound in self.bounds)

    def sample(self, rng: np.random.Generator) -> A:
        """Draw one architecture uniformly over those within the bounds.

        Raises:
            InvalidArgument: 100,000 draws in a row cost too much.
        """
        draw = self.whole.sample if self._sampler is None else self._sampler
        for _ in range(_DRAWS):
            architecture = draw(rng)
            if self.allows(architecture):
                return architecture
        raise InvalidArgument(self._nothing(rng))

    def _nothing(self, rng: np.random.Generator) -> str:
        """What to say where draws are never cheap enough."""
        smallest = []
        for bound in self.bounds:
            cheapest = min((self.whole.sample(rng) for _ in range(1000)), key=bound.measure)
            while True:  # downhill from edit to edit
                cheaper = min(self.whole.neighbors(cheapest), key=bound.measure)
                if not bound.measure(cheaper) < bound.measure(cheapest):
                    break
                cheapest = cheaper
            smallest.append(bound.measure.tell(bound.measure(cheapest)))
        return (
            f"wanted architectures of {self._told()}, but {_DRAWS:,} draws of {self.name} cost more; the smallest "
            f"found has {' and, another one, '.join(smallest)}; raise the bound"
        )

    def _told(self) -> str:
        return " and ".join(map(str, self.bounds))

    def _checked(self, architecture: A) -> A:
        for bound in self.bounds:
            if not bound.allows(architecture):
                raise InvalidArchitecture(
                    f"wanted an architecture of {bound}, got {bound.measure.tell(bound.measure(architecture))}: "
                    f"{str(architecture)!r}"
                )
        return architecture

    def finite(self, **settings: Any) -> FiniteSearchSpace[A]:
        """The part of the whole that can be enumerated, within the bounds; every member's cost is looked at once."""
        return ConstrainedFiniteSpace(self.whole.finite(**settings), self.bounds)

    def __eq__(self, other: object) -> bool:
        """Equal are the same bounds on equal spaces."""
        return (
            type(self) is type(other)
            and isinstance(other, ConstrainedSpace)
            and (self.whole, self.bounds) == (other.whole, other.bounds)
        )

    def __hash__(self) -> int:
        return hash((type(self), self.whole, self.bounds))

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.whole!r}, {self._told()})"


class ConstrainedFiniteSpace(ConstrainedSpace[A], FiniteSearchSpace[A]):
    """A finite space within bounds: enumerated in the order of the whole.

    Args:
        whole: The space; the cost of every member is looked at once.
        bounds: At least one.

    Raises:
        InvalidArgument: Nothing is cheap enough; the message names the smallest cost there is.
    """

    whole: FiniteSearchSpace[A]

    def __init__(self, whole: FiniteSearchSpace[A], bounds: tuple[CostBound[A], ...]) -> None:
        super().__init__(whole, bounds)
        self.settings = dict(whole.settings)
        costs = np.stack([_costs(whole, bound.measure) for bound in bounds])
        within: NDArray[np.bool_] = costs <= np.array([[bound.maximum] for bound in bounds])
        self._allowed: NDArray[np.bool_] = np.asarray(within.all(axis=0))
        if not self._allowed.any():
            smallest = [bound.measure.tell(cost.min()) for bound, cost in zip(bounds, costs, strict=True)]
            raise InvalidArgument(
                f"wanted architectures of {self._told()}, but the smallest of {whole.name} has "
                f"{' and, another one, '.join(smallest)} at this size; raise the bound"
            )

    @cached_property
    def positions(self) -> NDArray[np.int64]:
        """Where the members stand in the whole, ``(len(self),)``."""
        return np.flatnonzero(self._allowed)

    @cached_property
    def _places(self) -> NDArray[np.int64]:
        return np.cumsum(self._allowed) - 1

    def __len__(self) -> int:
        """Number of architectures within the bounds."""
        return len(self.positions)

    def __getitem__(self, index: int) -> A:
        """The architecture at a position of the enumeration."""
        if not 0 <= index < len(self):
            raise IndexError(f"wanted an index from 0 to {len(self) - 1}, got {index}")
        return self.whole[int(self.positions[index])]

    def index(self, architecture: A) -> int:
        """The position of an architecture in the enumeration.

        Raises:
            InvalidArchitecture: It costs too much.
        """
        position = self.whole.index(architecture)
        if not self._allowed[position]:
            self._checked(architecture)
        return int(self._places[position])

    def plain(self) -> list[dict[str, Any]]:
        """The bounds, one by one."""
        return [bound.plain() for bound in self.bounds]

    def allows(self, architecture: A) -> bool:
        """Whether a member of the whole is within every bound."""
        return bool(self._allowed[self.whole.index(architecture)])

    def sample(self, rng: np.random.Generator) -> A:
        """Draw one architecture uniformly over those within the bounds."""
        return FiniteSearchSpace.sample(self, rng)

    def finite(self, **settings: Any) -> FiniteSearchSpace[A]:
        """The space itself."""
        return FiniteSearchSpace.finite(self, **settings)

    def graph_arrays(self) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
        """The rows of the whole's arrays that are within the bounds."""
        operations, adjacency = self.whole.graph_arrays()
        return operations[self.positions], adjacency[self.positions]


@lru_cache(maxsize=8)
def _costs(space: Any, measure: Any) -> NDArray[np.float64]:
    """The cost of every member, in the order of the enumeration."""
    return np.array([measure(architecture) for architecture in space])
