"""Local search: climb from neighbour to better neighbour, and start again from the top."""

from collections.abc import Hashable
from typing import Any, TypeVar

import numpy as np

from nas_plugins.spaces.errors import InvalidState
from nas_plugins.spaces.space import SearchSpace
from nas_plugins.strategies.observations import Observations
from nas_plugins.strategies.strategy import Strategy, check_state, generator_from_state, generator_state, space_state

A = TypeVar("A", bound=Hashable)


class LocalSearch(Strategy[A]):
    """Moves to the first neighbour that scores higher; at a local optimum it starts anew.

    Neighbours are tried in random order, and those with a known score cost no trial. A climb ends when no neighbour is
    left to propose; the next one starts from the best architecture told that no climb has passed through (one told from
    elsewhere, or left over from many parallel starts), or from a random one. While several trials run at once,
    neighbours are proposed without waiting, and a late result that scores higher still moves the climb.

    Args:
        space: What to search.
        seed: Seed of the strategy's own generator; ``None`` takes fresh entropy.

    References:
        White, Nolen and Savani, Exploring the Loss Landscape in Neural Architecture Search, UAI 2021 (algorithm 1,
        moving at the first improvement instead of trying every neighbour).
    """

    _VERSION = 1

    def __init__(self, space: SearchSpace[A], *, seed: int | None = None) -> None:
        self.space = space
        self._rng = np.random.default_rng(seed)
        self._observations = Observations(space)
        self._current: A | None = None  # where the climb stands; it always has a finite score
        self._untried: list[A] = []  # neighbours of the current architecture
        self._climb: dict[A, None] = {}  # proposed in this climb
        self._starts: dict[A, None] = {}  # told, and passed through by no climb

    def ask(self) -> A:
        """The next untried neighbour, or the start of another climb."""
        while True:
            while self._untried:
                neighbor = self._untried.pop()
                if neighbor not in self._observations:
                    self._climb[neighbor] = None
                    return self._observations.propose(neighbor)
                self._move_if_better(neighbor)
            if not self._starts:
                self._current = None
                return self._observations.propose(self._observations.draw(self._rng))
            self._climb = {}
            self._move(next(a for a in self._observations.best(len(self._observations)) if a in self._starts))

    def tell(self, architecture: A, score: float) -> None:
        """Move the climb, or keep the architecture as a later start."""
        before = self._observations.scores.get(architecture, np.nan)
        failed = np.isnan(self._observations.tell(architecture, score))
        if failed:
            self._starts.pop(architecture, None)
            if architecture == self._current:  # told again, and now it failed: there is nothing to compare with
                self._current, self._untried = None, []
        elif architecture in self._climb and self._current is not None:
            self._move_if_better(architecture)
        elif np.isnan(before):
            self._starts[architecture] = None

    def _move_if_better(self, architecture: A) -> None:
        scores = self._observations.scores
        if self._current is not None and scores.get(architecture, -np.inf) > scores[self._current]:
            self._move(architecture)

    def _move(self, architecture: A) -> None:
        self._starts.pop(architecture, None)
        self._current = architecture
        neighbors = list(self.space.neighbors(architecture))
        self._untried = [neighbors[index] for index in self._rng.permutation(len(neighbors))]

    def state_dict(self) -> dict[str, Any]:
        """Generator, observations, and where the climb stands, as text."""
        return {
            "strategy": "local_search",
            "version": self._VERSION,
            **space_state(self.space),
            "rng": generator_state(self._rng),
            "observations": self._observations.state_dict(),
            "current": None if self._current is None else str(self._current),
            "untried": [str(architecture) for architecture in self._untried],
            "climb": [str(architecture) for architecture in self._climb],
            "starts": [str(architecture) for architecture in self._starts],
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Continue from a saved state."""
        check_state(state, strategy="local_search", version=self._VERSION, **space_state(self.space))
        try:
            rng = generator_from_state(state["rng"])
            observations = Observations.from_state(self.space, state["observations"])
            current = None if state["current"] is None else self.space.parse(state["current"])
            untried = [self.space.parse(text) for text in state["untried"]]
            climb, starts = ({self.space.parse(text): None for text in state[key]} for key in ("climb", "starts"))
            succeeded = observations.succeeded
            if not all(each in succeeded for each in (*starts, *([] if current is None else [current]))):
                raise ValueError("wanted scores of where the climb is and may start")
        except (KeyError, TypeError, ValueError, OverflowError) as error:
            raise InvalidState(f"wanted a local search state, got a damaged one: {error}; start anew") from error
        self._rng, self._observations = rng, observations
        self._current, self._untried, self._climb, self._starts = current, untried, climb, starts
