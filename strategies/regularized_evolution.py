"""Regularized evolution: mutate the best of a few members of a population that loses its oldest."""

import math
from collections import deque
from collections.abc import Hashable
from typing import Any, TypeVar

import numpy as np

from nas_plugins.spaces.errors import InvalidArgument, InvalidState
from nas_plugins.spaces.space import SearchSpace
from nas_plugins.strategies.observations import Observations
from nas_plugins.strategies.strategy import Strategy, check_state, generator_from_state, generator_state, space_state

A = TypeVar("A", bound=Hashable)

_LARGEST_SAMPLE = 10_000


class RegularizedEvolution(Strategy[A]):
    """Ageing evolution: a tournament picks a parent, one edit makes its child, the oldest member dies.

    The first ``population`` trials are random. A child whose score is known joins the population without another trial;
    Real et al. train it again. Failed trials never join.

    Args:
        space: What to search.
        population: Members alive, 100 in the paper on its much larger space.
        sample: Members of a tournament, drawn with replacement, at most 10,000; 25 in the paper.
        seed: Seed of the strategy's own generator; ``None`` takes fresh entropy.

    Raises:
        InvalidArgument: A population or sample out of range.

    References:
        Real, Aggarwal, Huang and Le, Regularized Evolution for Image Classifier Architecture Search, AAAI 2019
        (algorithm 1). Population 30 and sample 10 suit searches of a few hundred trials.
    """

    _VERSION = 1
    _CHILDREN = 100  # children in a row that need no trial, after which a random architecture is proposed instead

    def __init__(
        self, space: SearchSpace[A], *, population: int = 30, sample: int = 10, seed: int | None = None
    ) -> None:
        _check(population, sample)
        self.space = space
        self.population = population
        self.sample = sample
        self._rng = np.random.default_rng(seed)
        self._observations = Observations(space)
        self._alive: deque[A] = deque(maxlen=population)

    def ask(self) -> A:
        """A random architecture while the population fills, then the child of a tournament's winner."""
        if self._alive and len(self._observations) >= self.population:
            for _ in range(self._CHILDREN):
                child = self._child()
                if child is None:  # bounds may leave an architecture without neighbours
                    break
                if child not in self._observations:
                    return self._observations.propose(child)
                if math.isfinite(self._observations.scores.get(child, math.nan)):
                    self._alive.append(child)
        return self._observations.propose(self._observations.draw(self._rng))

    def _child(self) -> A | None:
        scores = self._observations.scores
        drawn = self._rng.integers(len(self._alive), size=self.sample)
        parent = max((self._alive[int(index)] for index in drawn), key=scores.__getitem__)
        neighbors = list(self.space.neighbors(parent))
        return neighbors[int(self._rng.integers(len(neighbors)))] if neighbors else None

    def tell(self, architecture: A, score: float) -> None:
        """Let the architecture join the population with its first finite score."""
        before = self._observations.scores.get(architecture, math.nan)
        score = self._observations.tell(architecture, score)
        if math.isnan(score):
            self._alive = deque((member for member in self._alive if member != architecture), self.population)
        elif math.isnan(before):
            self._alive.append(architecture)

    def state_dict(self) -> dict[str, Any]:
        """Generator, observations and the living, oldest first, as text."""
        return {
            "strategy": "regularized_evolution",
            "version": self._VERSION,
            **space_state(self.space),
            "population": self.population,
            "sample": self.sample,
            "rng": generator_state(self._rng),
            "observations": self._observations.state_dict(),
            "alive": [str(architecture) for architecture in self._alive],
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Continue from a saved state, with its population and sample."""
        check_state(state, strategy="regularized_evolution", version=self._VERSION, **space_state(self.space))
        try:
            population, sample = int(state["population"]), int(state["sample"])
            _check(population, sample)
            rng = generator_from_state(state["rng"])
            observations = Observations.from_state(self.space, state["observations"])
            alive = deque((self.space.parse(text) for text in state["alive"]), population)
            if not all(member in observations.scores for member in alive):
                raise ValueError("the living are not among those with scores")
        except (KeyError, TypeError, ValueError, OverflowError) as error:
            raise InvalidState(f"wanted a regularized evolution state, got a damaged one: {error}") from error
        self.population, self.sample = population, sample
        self._rng, self._observations, self._alive = rng, observations, alive


def _check(population: int, sample: int) -> None:
    if population < 1 or not 1 <= sample <= _LARGEST_SAMPLE:
        raise InvalidArgument(
            f"wanted a population of at least 1 and a sample from 1 to {_LARGEST_SAMPLE:,}, "
            f"got population {population} and sample {sample}"
        )
