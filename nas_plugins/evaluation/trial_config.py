"""From a trial's configuration to the architecture it asks for, whichever searcher of the host wrote it."""

from collections.abc import Hashable, Mapping, Sequence
from typing import Any, TypeVar

import numpy as np

from nas_plugins.spaces.errors import InvalidArchitecture
from nas_plugins.spaces.space import SearchSpace

A = TypeVar("A", bound=Hashable)

ARCHITECTURE = "architecture"
"""Key of the canonical string, the form in which our own searchers send an architecture to a trial."""

LATENT = "z"
"""Key of the latent coordinates, for searchers that know numbers only."""


def architecture_from_config(config: Mapping[str, Any], space: SearchSpace[A]) -> A:
    """The architecture a trial shall evaluate.

    Three forms are understood, the first present one holds: ``config["architecture"]``, the canonical string; the flat
    choices of :meth:`SearchSpace.choices` as top-level entries; ``config["z"]``, coordinates in the space's pretrained
    latent space, decoded to the nearest architecture. Other entries are none of this function's business.

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
    raise InvalidArchitecture(
        f"wanted a configuration with 'architecture' (a {space.name} string), its choices {list(names)} or latent "
        f"coordinates 'z', got the entries {list(config)}; pass a searcher of nas_plugins, or add one of the three"
    )


def _decode(z: Any, space: SearchSpace[A]) -> A:
    from nas_plugins.spaces.arch2vec import Arch2Vec

    latents = Arch2Vec.pretrained(space.name)
    architecture: A = latents.nearest(_coordinates(z))
    return architecture


def _coordinates(z: Any) -> "np.ndarray[tuple[int], np.dtype[np.float64]]":
    """Latent coordinates from ``{"0": 0.3, "1": ...}``, the form in which tuners name them, or from a sequence."""
    if isinstance(z, Mapping):
        wanted = [str(index) for index in range(len(z))]
        named = {str(key): value for key, value in z.items()}
        if not z or set(named) != set(wanted):
            raise InvalidArchitecture(f"wanted latent coordinates named '0', '1' and so on, got {list(z)}")
        z = [named[key] for key in wanted]
    if not isinstance(z, Sequence | np.ndarray) or isinstance(z, str):
        raise InvalidArchitecture(f"wanted latent coordinates as numbers, got {type(z).__name__}: {z!r}")
    try:
        coordinates = np.asarray(z, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise InvalidArchitecture(f"wanted latent coordinates as numbers, got {z!r}") from error
    if coordinates.ndim != 1 or not np.isfinite(coordinates).all():
        raise InvalidArchitecture(f"wanted one finite number per latent dimension, got {z!r}")
    return coordinates
