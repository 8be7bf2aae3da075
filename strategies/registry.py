"""Strategies by the names the command line uses."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nas_plugins.spaces.errors import InvalidArgument
from nas_plugins.spaces.space import SearchSpace
from nas_plugins.strategies.metad2a import MetaD2A
from nas_plugins.strategies.random_search import RandomSearch
from nas_plugins.strategies.strategy import Strategy

Images = Sequence[NDArray[np.uint8]] | None
"""Images of the target, one array ``(images, height, width, 3)`` per class, for strategies that look at them."""


def _random(space: SearchSpace[Any], seed: int | None, images_by_class: Images) -> Strategy[Any]:
    del images_by_class
    return RandomSearch(space, seed=seed)


def _metad2a(space: SearchSpace[Any], seed: int | None, images_by_class: Images) -> Strategy[Any]:
    return MetaD2A(space, images_by_class, seed=seed)


STRATEGIES: dict[str, Callable[[SearchSpace[Any], int | None, Images], Strategy[Any]]] = {
    "default": _metad2a,
    "metad2a": _metad2a,
    "random": _random,
}
"""Every strategy by its name; ``default`` is the one we recommend."""

LOOKS_AT_IMAGES = frozenset({"default", "metad2a"})
"""Strategies that propose from the images of the target dataset."""


def get_strategy(
    name: str, space: SearchSpace[Any], *, seed: int | None = None, images_by_class: Images = None
) -> Strategy[Any]:
    """Build a strategy by name.

    Args:
        name: A key of :data:`STRATEGIES`.
        space: What to search.
        seed: Seed of the strategy.
        images_by_class: Images of the target, for the strategies of :data:`LOOKS_AT_IMAGES`.

    Raises:
        InvalidArgument: No strategy has that name.
    """
    check_strategy(name)
    return STRATEGIES[name](space, seed, images_by_class)


def check_strategy(name: str) -> None:
    """Raise :class:`InvalidArgument` where no strategy has that name."""
    if name not in STRATEGIES:
        raise InvalidArgument(f"wanted a strategy out of {', '.join(STRATEGIES)}, got {name!r}")
