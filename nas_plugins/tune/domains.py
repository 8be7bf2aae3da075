"""Random values for the Tune domains (``tune.loguniform`` and so on) that stand beside the architecture."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from ray.tune.search.variant_generator import generate_variants, parse_spec_vars


def has_domains(param_space: Mapping[str, Any]) -> bool:
    """Whether anything in a ``param_space`` is left to draw."""
    _, domains, _ = parse_spec_vars(param_space)
    return bool(domains)


def draw_domains(param_space: Mapping[str, Any], rng: np.random.Generator) -> dict[str, Any]:
    """Draw a value for each domain of a ``param_space`` without grids.

    Args:
        param_space: Constants and domains, nested as the user likes.
        rng: Where the randomness comes from.

    Returns:
        The drawn values alone, nested as their domains are; constants are left to Ray, which merges the two.
    """
    _, domains, _ = parse_spec_vars(param_space)
    _, resolved = next(iter(generate_variants(dict(param_space), random_state=rng)))
    values: dict[str, Any] = {}
    for path, _ in domains:
        target, source, name = values, resolved, path[0]
        for following in path[1:]:
            if not isinstance(source[name], dict):
                break  # a list with a domain in it is handed over whole: Ray merges dictionaries only
            target, source, name = target.setdefault(name, {}), source[name], following
        target[name] = source[name]
    return values
