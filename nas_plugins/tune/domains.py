"""Random values for the Tune domains (``tune.loguniform`` and so on) that stand beside the architecture."""

import json
from collections.abc import Mapping
from typing import Any

import numpy as np
from ray.tune.search.sample import Categorical, Domain, Float, Integer, LogUniform, Normal, Quantized
from ray.tune.search.variant_generator import generate_variants, parse_spec_vars

_DOMAIN = "__domain__"
_LOST = "lost"


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


def to_plain(param_space: Any) -> Any:
    """A ``param_space`` as plain data: Ray hands it over once, and not again when an experiment is restored.

    Domains become mappings that :func:`from_plain` understands. Functions (``tune.sample_from``) and other values that
    JSON cannot hold leave a mark of their loss; of constants that does not matter, Ray keeps them itself.
    """
    if isinstance(param_space, Mapping):
        return {str(name): to_plain(value) for name, value in param_space.items()}
    if isinstance(param_space, list | tuple):
        return [to_plain(value) for value in param_space]
    plain = _plain_domain(param_space) if isinstance(param_space, Domain) else param_space
    try:
        json.dumps(plain)
    except TypeError:
        plain = None
    return {_DOMAIN: _LOST} if plain is None and isinstance(param_space, Domain) else plain


def from_plain(plain: Any) -> Any:
    """The ``param_space`` that :func:`to_plain` wrote; lost functions stay marked."""
    if isinstance(plain, list):
        return [from_plain(value) for value in plain]
    if not isinstance(plain, dict) or plain.get(_DOMAIN) == _LOST:
        return plain
    if _DOMAIN not in plain:
        return {name: from_plain(value) for name, value in plain.items()}
    if plain[_DOMAIN] == "choice":
        return Categorical(plain["categories"]).uniform()
    domain = {"float": Float, "integer": Integer}[plain[_DOMAIN]](plain["lower"], plain["upper"])
    if plain["sampler"] == "normal":
        domain = domain.normal(plain["mean"], plain["sd"])
    else:
        domain = domain.loguniform() if plain["sampler"] == "loguniform" else domain.uniform()
    return domain if plain["q"] is None else domain.quantized(plain["q"])


def lost_domains(param_space: Any) -> bool:
    """Whether a restored ``param_space`` lacks a function that could not be saved."""
    if isinstance(param_space, dict):
        return param_space.get(_DOMAIN) == _LOST or any(map(lost_domains, param_space.values()))
    return isinstance(param_space, list) and any(map(lost_domains, param_space))


def _plain_domain(domain: Domain) -> dict[str, Any] | None:
    if isinstance(domain, Categorical):
        return {_DOMAIN: "choice", "categories": list(domain.categories)}
    if not isinstance(domain, Float | Integer):
        return None
    sampler, q = domain.get_sampler(), None
    if isinstance(sampler, Quantized):
        sampler, q = sampler.get_sampler(), sampler.q
    plain = {_DOMAIN: "float" if isinstance(domain, Float) else "integer", "q": q}
    plain |= {"lower": domain.lower, "upper": domain.upper, "sampler": "uniform"}
    if isinstance(sampler, Normal):
        plain |= {"sampler": "normal", "mean": sampler.mean, "sd": sampler.sd}
    elif isinstance(sampler, LogUniform):
        plain["sampler"] = "loguniform"
    return plain
