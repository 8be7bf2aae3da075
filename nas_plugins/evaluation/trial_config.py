"""From a trial's configuration to the architecture it asks for, whichever searcher of the host wrote it."""

import re
from collections.abc import Hashable, Mapping
from typing import Any, TypeVar

from nas_plugins.spaces.errors import InvalidArchitecture, InvalidArgument
from nas_plugins.spaces.space import SearchSpace

A = TypeVar("A", bound=Hashable)

ARCHITECTURE = "architecture"
"""Key of the canonical string, the form in which our own searchers send an architecture to a trial."""

LATENT = "z"
"""Key of the latent coordinates, for searchers that know numbers only; also ``z0``, ``z1``, ... side by side."""

_COORDINATE = re.compile(rf"{LATENT}[0-9]+")

PREDICTION = "predicted_accuracy"
"""Key of the score that a strategy expects of the architecture; for people and tables, not for trials."""


def architecture_from_config(config: Mapping[str, Any], space: SearchSpace[A]) -> A:
    """The architecture a trial shall evaluate.

    Three forms are understood, the first present one holds: ``config["architecture"]``, the canonical string; the flat
    choices of :meth:`SearchSpace.choices` as top-level entries; ``config["z"]``, a point of the space's pretrained
    latent space (a sequence, or ``{"0": 0.3, "1": ...}`` as tuners name coordinates), decoded to the nearest
    architecture; its coordinates may stand by themselves as ``config["z0"]``, ``config["z1"]``, ... Other entries are
    none of this function's business.

    Args:
        config: What the host handed to the trial.
        space: The search space.

    Raises:
        InvalidArchitecture: No form is there, the choices are incomplete, or what is there is no member of the space.
    """
    if ARCHITECTURE in config:
        return space.parse(config[ARCHITECTURE])
    names = space.choices().keys()
    present = [name for name in names if name in config]
    if present:
        missing = [name for name in names if name not in config]
        if missing:
            raise InvalidArchitecture(
                f"wanted every choice of {space.name} in the configuration, got {present} but not {missing}; add them"
            )
        return space.from_choices({name: config[name] for name in names})
    if LATENT in config:
        return _decode(config[LATENT], space)
    coordinates = {name: value for name, value in config.items() if _COORDINATE.fullmatch(str(name))}
    if coordinates:
        return _decode(coordinates, space)
    raise InvalidArchitecture(
        f"wanted a configuration with 'architecture' (a {space.name} string), its choices {list(names)} or latent "
        f"coordinates 'z', got the entries {list(config)}; pass a searcher of nas_plugins, or add one of the three"
    )


def _decode(z: Any, space: SearchSpace[A]) -> A:
    from nas_plugins.spaces.arch2vec import Arch2Vec

    try:
        architecture: A = Arch2Vec.pretrained(space.name).nearest(z)
    except InvalidArgument as error:
        raise InvalidArchitecture(f"wanted a point of the latent space of {space.name} in 'z': {error}") from error
    return architecture
