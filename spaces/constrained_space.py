"""A search space within bounds: whatever searches it asks for nothing that costs more."""

from collections.abc import Hashable, Sequence
from functools import cached_property, lru_cache
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from nas_plugins.spaces.cost_bound import CostBound
from nas_plugins.spaces.cost_measure import CostMeasure
from nas_plugins.spaces.errors import InvalidArchitecture, InvalidArgument
from nas_plugins.spaces.listed_space import ListedSpace
from nas_plugins.spaces.part_of_space import PartOfSpace
from nas_plugins.spaces.recorded_latency import RecordedLatency
from nas_plugins.spaces.space import FiniteSearchSpace, SearchSpace

A = TypeVar("A", bound=Hashable)

_LISTED = 50_000  # finite spaces of at most so many architectures are gone through once; larger ones are drawn from
_DRAWS = 100_000  # rejected draws in a row after which bounds are taken to be too tight to draw within


def constrain(space: SearchSpace[A], bounds: Sequence[CostBound[A]]) -> SearchSpace[A]:
    """The part of a space that every bound allows, as a space of its own; without bounds the space itself.

    A strategy that searches it keeps to the bounds without knowing of them: draws are uniform over what is allowed,
    neighbours are those that are, and anything else is no member. A small finite space stays finite, with the size of
    its allowed part. Where a bound is on latencies on record, a space too large to go through becomes finite too: what
    is searched are the architectures on record (:func:`on_record`) within the bounds.

    Args:
        space: Any space, one that is constrained already included.
        bounds: All must hold.

    Raises:
        InvalidArgument: Nothing is cheap enough; the message names the smallest cost there is. Or nothing is on record.
    """
    if not bounds:
        return space
    if isinstance(space, ConstrainedSpace):
        return constrain(_before_bounds(space), (*space.bounds, *bounds))
    whole = on_record(space, [bound.measure for bound in bounds])
    if isinstance(whole, ListedSpace) and (whole is not space or len(whole) <= _LISTED):
        return ConstrainedListedSpace(whole, tuple(bounds))
    if isinstance(whole, FiniteSearchSpace) and len(whole) <= _LISTED:
        return ConstrainedFiniteSpace(whole, tuple(bounds))
    return ConstrainedSpace(whole, tuple(bounds))


def on_record(space: SearchSpace[A], measures: Sequence[CostMeasure[A]]) -> SearchSpace[A]:
    """The part of a space too large to go through of which every measure has a figure, listed by the order of texts.

    A space stays itself if it is finite and small, if no measure has records of some architectures alone
    (:class:`RecordedLatency`), or if it is finite and more is on record than is gone through at once.

    Args:
        space: Any space; of one within bounds, what is on record is within them too.
        measures: Of costs.

    Raises:
        InvalidArgument: Nothing of the space is on record in all of them, or nothing that is on record is within the
            bounds.
    """
    recorded = [measure for measure in measures if isinstance(measure, RecordedLatency)]
    finite = isinstance(space, FiniteSearchSpace)
    if not recorded or (isinstance(space, FiniteSearchSpace) and len(space) <= _LISTED):
        return space
    if isinstance(space, ConstrainedSpace):
        return constrain(on_record(space.whole, measures), space.bounds)
    first, *others = recorded
    others_know = [frozenset(other.known) for other in others]
    known = [one for one in first.known if all(one in know for know in others_know) and space.contains(one)]
    if not known:
        raise InvalidArgument(
            f"wanted architectures of {space.name} with a latency on record in "
            f"{' and '.join(str(measure.path) for measure in recorded)}, got none; name a table that has some"
        )
    return space if finite and len(known) > _LISTED else ListedSpace(space, known)


def _before_bounds(space: "ConstrainedSpace[A]") -> SearchSpace[A]:
    """What was bounded: where the bounds made a list of it, the space the list is of."""
    whole = space.whole
    if isinstance(whole, ListedSpace) and on_record(whole.whole, [bound.measure for bound in space.bounds]) == whole:
        return whole.whole
    return whole


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
        PartOfSpace.__init__(self, whole)
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
            InvalidArgument: 100,000 draws in a row cost too much; the message names the least cost that edits led to.
        """
        draw = self.whole.sample if self._sampler is None else self._sampler
        for _ in range(_DRAWS):
            architecture = draw(rng)
            if self.allows(architecture):
                return architecture
        raise InvalidArgument(self._nothing(rng))

    def _nothing(self, rng: np.random.Generator) -> str:
        """What to say where draws are never cheap enough; what edits lead to need not be the least there is."""
        reached = []
        for bound in self.bounds:
            cheapest = min((self.whole.sample(rng) for _ in range(1000)), key=bound.measure)
            while True:  # downhill from edit to edit
                cheaper = min(self.whole.neighbors(cheapest), key=bound.measure, default=cheapest)
                if not bound.measure(cheaper) < bound.measure(cheapest):
                    break
                cheapest = cheaper
            reached.append(bound.measure.tell(bound.measure(cheapest)))
        return (
            f"wanted architectures of {self._told()}, but {_DRAWS:,} draws of {self.name} cost more; making one "
            f"cheaper edit by edit ended at {' and, another one, at '.join(reached)}, though there may be less; raise "
            "the bound"
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
            listed = f"the {len(whole):,} listed ones of " if isinstance(whole, ListedSpace) else ""
            raise InvalidArgument(
                f"wanted architectures of {self._told()}, but the smallest of {listed}{whole.name} has "
                f"{' and, another one, '.join(smallest)} at this size; raise the bound"
            )

    @cached_property
    def positions(self) -> NDArray[np.int64]:
        """Where the members stand in the whole, ``(len(self),)``."""
        return np.flatnonzero(self._allowed)

    @cached_property
    def _numbers(self) -> NDArray[np.int64]:
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
        return int(self._numbers[position])

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


class ConstrainedListedSpace(ConstrainedFiniteSpace[A], ListedSpace[A]):
    """A list of architectures within bounds, which is a list again: where all is listed, nothing is generated.

    Args:
        whole: The list; the cost of every member is looked at once.
        bounds: At least one.

    Raises:
        InvalidArgument: Nothing is cheap enough; the message names the smallest cost there is.
    """

    def __init__(self, whole: ListedSpace[A], bounds: tuple[CostBound[A], ...]) -> None:
        ConstrainedFiniteSpace.__init__(self, whole, bounds)
        ListedSpace.__init__(self, whole, (whole[int(position)] for position in self.positions))


@lru_cache(maxsize=8)
def _costs(space: Any, measure: Any) -> NDArray[np.float64]:
    """The cost of every member, in the order of the enumeration."""
    return np.array([measure(architecture) for architecture in space])
