"""The contract of a search strategy: ask for an architecture, tell its score, save the state."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Hashable, Sequence
from typing import Any, Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from nas_plugins.spaces.constrained_space import plain_bounds
from nas_plugins.spaces.errors import InvalidState
from nas_plugins.spaces.space import SearchSpace

A = TypeVar("A", bound=Hashable)

BOUNDS = "bounds"
"""Entry of saved states for the bounds of the space, or the list it was cut down to."""

PriorScores = Callable[[Sequence[A]], NDArray[np.float64] | None]
"""Gives what was known of architectures before a search, or ``None``."""


class Strategy(ABC, Generic[A]):
    """Proposes architectures one by one and learns from scores, whoever runs the trials.

    Many proposals may be pending at once; their scores come in any order, twice, late, or never. The same seed gives
    the same proposals, and a strategy restored from its state continues exactly as the saved one would have.
    """

    chooses: bool = False
    """Whether :meth:`choose` says which of some architectures to try next, once there are scores to say it from."""

    @abstractmethod
    def ask(self) -> A:
        """Propose the next architecture.

        Raises:
            SearchExhausted: There is nothing left to propose.
            AskLater: Nothing can be proposed before more scores arrive.
        """

    @abstractmethod
    def tell(self, architecture: A, score: float) -> None:
        """Learn the score of an architecture.

        Args:
            architecture: Any member of the space, proposed by this strategy or found elsewhere.
            score: Higher is better; ``nan`` means that the trial failed. The last score told of an architecture holds.
        """

    def prediction(self, architecture: A) -> float | None:
        """The score the strategy expects of an architecture, on a scale of its own; ``None`` where it expects nothing.

        Hosts show it beside the measured score.
        """
        del architecture
        return None

    def prior_scores(self, architectures: Sequence[A]) -> NDArray[np.float64] | None:
        """What was known of architectures before the search, ``(architectures,)``, higher for better.

        ``None``, as here, where nothing was. The same at any time of the search, and after restoring.
        """
        del architectures
        return None

    def follow(self, prior_scores: PriorScores[A] | None) -> None:
        """Take scores that somebody knew before the search; a strategy without use for them, as here, ignores them.

        Args:
            prior_scores: Gives the scores; ``None`` takes back what was given before.
        """
        del prior_scores

    def choose(self, architectures: Sequence[A], pending: Sequence[A] = ()) -> A | None:
        """Which of some architectures to try next; ``None`` where the strategy cannot say, as here.

        The one chosen is not proposed by that: :meth:`tell` its score, as that of an architecture found elsewhere.

        Args:
            architectures: At least one, none of them told or pending.
            pending: Architectures on trial that this strategy did not propose.
        """
        del architectures, pending
        return None

    @abstractmethod
    def state_dict(self) -> dict[str, Any]:
        """Everything the future depends on, the random generator included, as plain data that JSON can hold."""

    @abstractmethod
    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Continue from a state that :meth:`state_dict` gave.

        Raises:
            InvalidState: The state is of another strategy, another space or another format version.
        """


def generator_state(rng: np.random.Generator) -> dict[str, Any]:
    """The state of a random generator as plain data."""
    return dict(rng.bit_generator.state)


def generator_from_state(state: dict[str, Any]) -> np.random.Generator:
    """A random generator that continues from :func:`generator_state`."""
    rng = np.random.default_rng()
    try:
        rng.bit_generator.state = state
    except (TypeError, ValueError, KeyError, AttributeError, OverflowError) as error:
        raise InvalidState(f"wanted the saved state of a {type(rng.bit_generator).__name__}, got {state!r}") from error
    return rng


def space_state(space: SearchSpace[Any]) -> dict[str, Any]:
    """The entries of a saved state that say of which space it is: its name, and its bounds or list."""
    return {"space": space.name, BOUNDS: plain_bounds(space)}


def check_state(state: Any, **wanted: Any) -> None:
    """Check the identifying entries of a saved state, such as ``strategy``, ``version`` and :func:`space_state`.

    States of earlier versions say nothing of bounds; they pass.

    Raises:
        InvalidState: The state is no mapping, or an entry is missing or different.
    """
    if not isinstance(state, dict):
        raise InvalidState(f"wanted a state that state_dict() gave, got {type(state).__name__}")
    for key, value in wanted.items():
        if key == BOUNDS:
            if state.get(BOUNDS, value) != value:
                raise InvalidState(
                    f"wanted the state of a search {_told(value)}, got one {_told(state[BOUNDS])}; load it where the "
                    "space has the bounds of the saved one, see nas_plugins.spaces.constrain"
                )
            continue
        if state.get(key) != value:
            raise InvalidState(
                f"wanted a saved state with {key} {value!r}, got {state.get(key)!r}; load it into what saved it"
            )


def check_bounds(state: dict[str, Any], space: SearchSpace[Any]) -> None:
    """Check that a saved state is of the bounds of a space, whose name the state may change where there are none.

    Raises:
        InvalidState: Other bounds, or bounds on another space.
    """
    here = space_state(space)
    check_state(state, bounds=here[BOUNDS])
    if here[BOUNDS]:
        check_state(state, space=here["space"])  # a name brings no bounds back


def _told(bounds: Any) -> str:
    """Saved bounds in words."""
    if not bounds:
        return "without bounds"
    try:
        return "within " + " and ".join(map(_told_one, bounds))
    except (TypeError, KeyError, ValueError, AttributeError):
        return f"within {bounds!r}"


def _told_one(bound: dict[str, Any]) -> str:
    if "listed" in bound:
        return f"a list of {bound['listed']:,} architectures ({bound['digest']})"
    rest = (f", {name} {value}" for name, value in bound.items() if name not in {"cost", "maximum"})
    return f"{bound['cost']} of at most {bound['maximum']:,.10g}{''.join(rest)}"
