"""Points to evaluate, as a searcher keeps them."""

import json
from typing import Any

from nas_plugins.evaluation.trial_config import ARCHITECTURE, LATENT, architecture_from_config
from nas_plugins.spaces.errors import InvalidArgument
from nas_plugins.spaces.space import SearchSpace


def normal_point(point: object, space: SearchSpace[Any]) -> dict[str, Any]:
    """A point with its architecture as text and without the other forms; it must survive being saved.

    Raises:
        InvalidArchitecture: It has no architecture of the space.
        InvalidArgument: JSON cannot hold it.
        TypeError: It is no dictionary (Ray's own check).
    """
    if not isinstance(point, dict):
        raise TypeError(f"points_to_evaluate expected to include dicts, got {point!r}.")
    architecture = architecture_from_config(point, space)
    forms = {ARCHITECTURE, LATENT, *space.choices()}
    rest = {name: value for name, value in point.items() if name not in forms}
    try:
        json.dumps(rest)
    except TypeError as error:
        raise InvalidArgument(f"wanted points_to_evaluate of plain values, got {point!r} ({error})") from error
    return {ARCHITECTURE: str(architecture), **rest}
