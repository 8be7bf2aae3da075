"""What a model-based strategy chooses among, with what its model sees of it."""

from collections.abc import Hashable, Sequence
from functools import lru_cache
from typing import Any, Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from nas_plugins.spaces.space import FiniteSearchSpace, SearchSpace
from nas_plugins.strategies.data_flow_input import DataFlowInput
from nas_plugins.strategies.inputs import Input, JoinedInput, OneHotInput
from nas_plugins.strategies.observations import Observations

A = TypeVar("A", bound=Hashable)


@lru_cache(maxsize=8)
def default_inputs(space: SearchSpace[Any]) -> Input[Any]:
    """Choices and data flow; a model may weigh the two against each other."""
    return JoinedInput(OneHotInput(space), DataFlowInput(space))


class CandidatePool(Generic[A]):
    """Unknown architectures on offer: all of a small space, else those near the best and random ones.

    Args:
        space: The space of the architectures.
        inputs: What the model sees of an architecture.
        neighborhoods: Best architectures whose neighbours are candidates, in spaces that are not searched whole.
        draws: Random candidates, in such spaces.
        whole: Finite spaces of at most so many architectures are searched whole.
    """

    def __init__(
        self, space: SearchSpace[A], inputs: Input[A], *, neighborhoods: int, draws: int, whole: int = 20_000
    ) -> None:
        self.space, self.inputs = space, inputs
        self.neighborhoods, self.draws = neighborhoods, draws
        self._whole = isinstance(space, FiniteSearchSpace) and len(space) <= whole
        self._known: dict[A, NDArray[np.float64]] = {}

    def rows(self, architectures: Sequence[A]) -> NDArray[np.float64]:
        """What the model sees, ``(architectures, columns)``; computed once per architecture."""
        if self._whole:
            members, table = _table(self.space, self.inputs)
            return table[list(map(members.__getitem__, architectures))]
        new = [architecture for architecture in dict.fromkeys(architectures) if architecture not in self._known]
        self._known.update(zip(new, self.inputs(new), strict=True))
        return (
            np.stack([self._known[architecture] for architecture in architectures])
            if architectures
            else (self.inputs([]))
        )

    def offer(
        self, observations: Observations[A], rng: np.random.Generator, best: Sequence[A] | None = None
    ) -> list[A]:
        """The candidates, without known architectures; empty where all that can be reached are known.

        Args:
            observations: What is known.
            rng: Source of the draws.
            best: Whose neighbours are candidates; by default those of the highest scores.
        """
        if self._whole:
            members, _ = _table(self.space, self.inputs)
            return observations.unknown(members)
        centres = observations.best(self.neighborhoods) if best is None else best
        near = [near for centre in centres for near in self.space.neighbors(centre)]
        drawn = [self.space.sample(rng) for _ in range(self.draws)]
        return observations.unknown(dict.fromkeys(near + drawn))


@lru_cache(maxsize=4)
def _table(space: Any, inputs: Input[Any]) -> tuple[dict[Any, int], NDArray[np.float64]]:
    """Every member with its position, and the rows of all; shared by all strategies with the same inputs."""
    members = list(space)
    return {member: position for position, member in enumerate(members)}, inputs(members)
