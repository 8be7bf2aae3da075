"""Random search: architectures drawn uniformly, each at most once."""

from collections.abc import Hashable
from typing import Any, TypeVar

import numpy as np

from nas_plugins.spaces.errors import InvalidState
from nas_plugins.spaces.space import SearchSpace
from nas_plugins.strategies.observations import draw_unknown
from nas_plugins.strategies.strategy import Strategy, check_state, generator_from_state, generator_state, space_state

A = TypeVar("A", bound=Hashable)


class RandomSearch(Strategy[A]):
    """Draws uniformly without replacement; scores are ignored.

    Architectures told from elsewhere are not proposed again. On a finite space every architecture comes up before the
    search is exhausted; on an infinite one a draw that keeps repeating itself ends it.

    Args:
        space: What to search.
        seed: Seed of the strategy's own generator; ``None`` takes fresh entropy.

    References:
        Li and Talwalkar, Random Search and Reproducibility for Neural Architecture Search, UAI 2019.
    """

    _VERSION = 1

    def __init__(self, space: SearchSpace[A], *, seed: int | None = None) -> None:
        self.space = space
        self._rng = np.random.default_rng(seed)
        self._seen: dict[A, None] = {}  # a set that keeps its order, so that equal histories save equal states

    def ask(self) -> A:
        """Draw an architecture that was neither proposed nor told before."""
        architecture = draw_unknown(self.space, self._seen, self._rng)
        self._seen[architecture] = None
        return architecture

    def tell(self, architecture: A, score: float) -> None:
        """Remember that the architecture is known."""
        del score  # random search does not learn
        self._seen[architecture] = None

    def state_dict(self) -> dict[str, Any]:
        """Generator and the architectures seen, as text."""
        return {
            "strategy": "random",
            "version": self._VERSION,
            **space_state(self.space),
            "rng": generator_state(self._rng),
            "seen": [str(architecture) for architecture in self._seen],
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Continue from a saved state."""
        check_state(state, strategy="random", version=self._VERSION, **space_state(self.space))
        if not isinstance(state.get("seen"), list) or not isinstance(state.get("rng"), dict):
            raise InvalidState("wanted a random search state with 'rng' and 'seen'; it is damaged, start anew")
        rng = generator_from_state(state["rng"])
        self._seen = {self.space.parse(text): None for text in state["seen"]}
        self._rng = rng
