"""The latent space that ships for a search space, for strategies that need one; imports torch when called."""

from collections.abc import Hashable
from typing import TYPE_CHECKING, TypeVar

from nas_plugins.spaces.constrained_space import ConstrainedSpace
from nas_plugins.spaces.errors import InvalidArgument
from nas_plugins.spaces.listed_space import ListedSpace
from nas_plugins.spaces.space import SearchSpace

if TYPE_CHECKING:
    from nas_plugins.spaces.arch2vec import Arch2Vec

A = TypeVar("A", bound=Hashable)


def pretrained_latent(space: SearchSpace[A]) -> "Arch2Vec[A]":
    """The pre-trained arch2vec space of a search space; of its part within bounds, or listed, where it is one.

    Raises:
        InvalidArgument: None ships for it; the message says what to do.
    """
    from nas_plugins.spaces.arch2vec import Arch2Vec

    try:
        latent: Arch2Vec[A] = Arch2Vec.pretrained(space.name)
    except InvalidArgument as error:
        raise InvalidArgument(
            f"{error}, to be given as latent=Arch2Vec.pretrained(FILE); or search {space.name} without: "
            "reinforce_discrete, bayesian"
        ) from error
    whole = space.whole if isinstance(space, ConstrainedSpace) else space
    if isinstance(whole, ListedSpace):
        latent = Arch2Vec(whole, latent.model, settings=latent.settings, metrics=latent.metrics)
    if isinstance(space, ConstrainedSpace):
        from nas_plugins.spaces.arch2vec.constrained import ConstrainedArch2Vec

        return ConstrainedArch2Vec(latent, space)
    return latent
