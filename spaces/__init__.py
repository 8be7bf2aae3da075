"""What can be searched: spaces of architectures, their graphs and networks; this room knows no other.

The contract is :class:`SearchSpace`; :func:`get_space` finds a space by name,
:func:`constrain` bounds what its networks may cost. ``Arch2Vec`` makes a space continuous.
"""

from typing import TYPE_CHECKING, Any

from nas_plugins.spaces.constrained_space import constrain
from nas_plugins.spaces.cost_bound import CostBound
from nas_plugins.spaces.cost_measure import CostMeasure, NetworkCost
from nas_plugins.spaces.darts import DARTS
from nas_plugins.spaces.errors import InvalidArgument
from nas_plugins.spaces.graph import Graph, edit_distance
from nas_plugins.spaces.listed_space import ListedSpace
from nas_plugins.spaces.mobilenetv3 import MobileNetV3
from nas_plugins.spaces.nasbench101 import NASBench101
from nas_plugins.spaces.nasbench201 import NASBench201
from nas_plugins.spaces.space import FiniteSearchSpace, SearchSpace

if TYPE_CHECKING:
    from nas_plugins.spaces.arch2vec import Arch2Vec

__all__ = [
    "DARTS",
    "SPACES",
    "Arch2Vec",
    "CostBound",
    "CostMeasure",
    "FiniteSearchSpace",
    "Graph",
    "ListedSpace",
    "MobileNetV3",
    "NASBench101",
    "NASBench201",
    "NetworkCost",
    "SearchSpace",
    "constrain",
    "edit_distance",
    "get_space",
]

SPACES: dict[str, type[SearchSpace[Any]]] = {
    space.name: space for space in (NASBench101, NASBench201, DARTS, MobileNetV3)
}
"""Every space by its name; a new space joins here and inherits the law suite of ``tests/spaces``."""


def get_space(space: str | SearchSpace[Any]) -> SearchSpace[Any]:
    """The search space of a name; a space itself is handed back.

    Raises:
        InvalidArgument: No space has that name.
    """
    if isinstance(space, SearchSpace):
        return space
    if space not in SPACES:
        raise InvalidArgument(f"wanted a search space out of {', '.join(SPACES)}, got {space!r}")
    return SPACES[space]()


def __getattr__(name: str) -> Any:
    # Arch2Vec needs torch, which takes seconds to import; this room's other names do without.
    if name == "Arch2Vec":
        from nas_plugins.spaces.arch2vec import Arch2Vec

        return Arch2Vec
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
