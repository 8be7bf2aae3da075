"""A latent space of the architectures within bounds: the nearest one is always cheap enough."""

from collections.abc import Hashable
from functools import cached_property
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from nas_plugins.spaces.arch2vec.arch2vec import Arch2Vec
from nas_plugins.spaces.constrained_space import ConstrainedFiniteSpace, ConstrainedSpace

A = TypeVar("A", bound=Hashable)


class ConstrainedArch2Vec(Arch2Vec[A]):
    """The latent space of a whole, where only architectures within bounds have a place.

    Args:
        latent: Of the whole; its embeddings serve here too.
        space: The whole, or what the whole was drawn from, within bounds.
    """

    def __init__(self, latent: Arch2Vec[A], space: ConstrainedSpace[A]) -> None:
        self._latent = latent
        self._part = ConstrainedFiniteSpace(latent.space, space.bounds)
        super().__init__(self._part, latent.model, settings=latent.settings, metrics=latent.metrics)

    @cached_property
    def embeddings(self) -> NDArray[np.float32]:
        """Embeddings ``(len(space), dimensions)`` of the architectures within the bounds, read-only."""
        embeddings = self._latent.embeddings[self._part.positions]
        embeddings.setflags(write=False)
        return embeddings
