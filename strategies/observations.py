"""What a strategy knows of its trials: which architectures were proposed, and what was told of them."""

import math
from collections.abc import Hashable, Iterable
from typing import Any, Generic, TypeVar

import numpy as np

from nas_plugins.spaces.errors import InvalidState, SearchExhausted
from nas_plugins.spaces.space import FiniteSearchSpace, SearchSpace

A = TypeVar("A", bound=Hashable)

_DRAWS = 1000  # rejected draws in a row after which the remaining architectures are listed instead


class Observations(Generic[A]):
    """Architectures proposed and told, shared by composition by every strategy that learns from scores.

    An architecture is *pending* from its proposal to its first score, *scored* from then on, and *known* in both cases.
    Scores that are not finite count as ``nan``, a failed trial. Both collections keep their order, so that equal
    histories are equal states.

    Args:
        space: The space of the architectures.
    """

    def __init__(self, space: SearchSpace[A]) -> None:
        self.space = space
        self.scores: dict[A, float] = {}
        self._pending: dict[A, None] = {}

    @property
    def pending(self) -> tuple[A, ...]:
        """Architectures proposed and not told, in the order of their proposals."""
        return tuple(self._pending)

    @property
    def succeeded(self) -> dict[A, float]:
        """Finite scores, in the order in which the architectures were first told."""
        return {architecture: score for architecture, score in self.scores.items() if math.isfinite(score)}

    def __len__(self) -> int:
        """Number of known architectures."""
        return len(self.scores) + len(self._pending)

    def __contains__(self, architecture: object) -> bool:
        """Whether an architecture was proposed or told."""
        return architecture in self.scores or architecture in self._pending

    def propose(self, architecture: A) -> A:
        """Note that an architecture is proposed; returns it."""
        self._pending[architecture] = None
        return architecture

    def tell(self, architecture: A, score: float) -> float:
        """Note a score, in place of an earlier one; returns it as it is kept, a ``float``, ``nan`` unless finite."""
        score = float(score)  # a number of numpy or torch could not be saved
        self._pending.pop(architecture, None)
        self.scores[architecture] = score if math.isfinite(score) else math.nan
        return self.scores[architecture]

    def best(self, count: int) -> list[A]:
        """At most so many architectures with the highest finite scores, best first."""
        succeeded = self.succeeded
        return sorted(succeeded, key=succeeded.__getitem__, reverse=True)[:count]

    def unknown(self, architectures: Iterable[A]) -> list[A]:
        """Those of some architectures that are not known, in their order."""
        known = {*self.scores, *self._pending}  # one look at each architecture, whose hash is what takes the time
        return [architecture for architecture in architectures if architecture not in known]

    def draw(self, rng: np.random.Generator) -> A:
        """An unknown architecture, uniformly; see :func:`draw_unknown`."""
        return draw_unknown(self.space, self, rng)

    def state_dict(self) -> dict[str, Any]:
        """Scores, ``None`` for failed trials, and pending architectures, as text."""
        return {
            "scores": [
                [str(architecture), score if math.isfinite(score) else None]
                for architecture, score in self.scores.items()
            ],
            "pending": [str(architecture) for architecture in self._pending],
        }

    @classmethod
    def from_state(cls, space: SearchSpace[A], state: Any) -> "Observations[A]":
        """Read what :meth:`state_dict` gave.

        Raises:
            InvalidState: The state is damaged.
        """
        observations = cls(space)
        try:
            for text, score in state["scores"]:
                observations.tell(space.parse(text), math.nan if score is None else float(score))
            for text in state["pending"]:
                observations.propose(space.parse(text))
        except (KeyError, TypeError, ValueError, OverflowError) as error:
            raise InvalidState(f"wanted saved 'scores' and 'pending', got damaged ones: {error}") from error
        return observations


def draw_unknown(space: SearchSpace[A], known: Any, rng: np.random.Generator) -> A:
    """Draw uniformly among the architectures that are not known.

    Args:
        space: Where to draw.
        known: A sized container of architectures.
        rng: Source of the draws.

    Raises:
        SearchExhausted: All of a finite space is known, or 1,000 draws in a row from another one were.
    """
    all_may_be = isinstance(space, FiniteSearchSpace) and len(known) >= len(space)
    for _ in range(0 if all_may_be else _DRAWS):
        architecture = space.sample(rng)
        if architecture not in known:
            return architecture
    if isinstance(space, FiniteSearchSpace):
        rest = [architecture for architecture in space if architecture not in known]
        if rest:
            return rest[int(rng.integers(len(rest)))]
    raise SearchExhausted(f"all architectures of {space.name} that random draws can reach are known")
