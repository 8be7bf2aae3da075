"""The flat choices of a search space as Ray Tune domains, so that any searcher of Ray can drive it."""

from typing import Any

from ray import tune

from nas_plugins.spaces import get_space
from nas_plugins.spaces.space import SearchSpace


def choices_param_space(space: str | SearchSpace[Any] = "nasbench201") -> dict[str, Any]:
    """One ``tune.choice`` per decision of the space; our trials read an architecture from them.

    Args:
        space: Search space, or its name.

    Returns:
        Entries for ``param_space``, to be merged with others.
    """
    return {name: tune.choice(list(options)) for name, options in get_space(space).choices().items()}
