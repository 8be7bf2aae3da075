"""The searchers of the arch2vec paper's tables, and ours beside them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from nas_plugins.spaces.errors import InvalidArgument
from nas_plugins.spaces.space import SearchSpace
from nas_plugins.strategies import (
    REINFORCE,
    DiscreteREINFORCE,
    DiscreteReinforceSettings,
    LatentRounds,
    ReinforceSettings,
    Strategy,
)
from nas_plugins.strategies.registry import STRATEGIES, check_strategy, get_strategy


@dataclass(frozen=True)
class Method:
    """A row of a table.

    Args:
        name: As the option ``--strategies`` has it.
        label: In tables and pictures.
        build: From space and seed to a fresh strategy.
    """

    name: str
    label: str
    build: Callable[[SearchSpace[Any], int], Strategy[Any]]


def _named(name: str, label: str | None = None) -> Method:
    # Without images: MetaD2A then proposes for the average source task.
    return Method(name, label or name, lambda space, seed: get_strategy(name, space, seed=seed))


def _policy_as_published(space: SearchSpace[Any], seed: int) -> Strategy[Any]:
    return DiscreteREINFORCE(space, settings=DiscreteReinforceSettings.preset("paper"), seed=seed)


def _latent_policy_as_published(space: SearchSpace[Any], seed: int) -> Strategy[Any]:
    preset = "paper_nasbench101" if space.name == "nasbench101" else "paper"
    return REINFORCE(space, settings=ReinforceSettings.preset(preset), seed=seed)


def _rounds_as_published(space: SearchSpace[Any], seed: int) -> Strategy[Any]:
    if space.name == "nasbench101":
        return LatentRounds(space, top=5, target=95.0, seed=seed)
    return LatentRounds(space, top=1, target=100.0, seed=seed)


_METHODS = {
    method.name: method
    for method in (
        _named("random", "random search"),
        _named("regularized_evolution", "regularised evolution"),
        Method("reinforce_paper", "REINFORCE", _policy_as_published),
        Method("arch2vec_rl", "arch2vec-RL", _latent_policy_as_published),
        Method("arch2vec_bo", "arch2vec-BO", _rounds_as_published),
        _named("local_search", "local search"),
        _named("reinforce_discrete", "REINFORCE, our settings"),
        _named("reinforce", "latent REINFORCE, our settings"),
        _named("bayesian", "Bayesian optimisation, our default"),
        _named("dngo", "DNGO, our settings"),
    )
}

DEFAULT = (
    "random",
    "regularized_evolution",
    "reinforce_paper",
    "arch2vec_rl",
    "arch2vec_bo",
    "local_search",
    "reinforce_discrete",
    "reinforce",
)
"""The paper's methods that we have, in its order, and ours that take about as little time."""

NEEDS_LATENT = frozenset({"arch2vec_rl", "arch2vec_bo", "reinforce"})
"""Methods that search a pre-trained latent space."""


def get_methods(names: Sequence[str] | None) -> list[Method]:
    """The methods of given names, any strategy's included, in their order.

    Raises:
        InvalidArgument: No method has one of the names, or one occurs twice.
    """
    names = DEFAULT if names is None else tuple(names)
    if len(set(names)) < len(names):
        raise InvalidArgument(f"wanted each strategy once, got {', '.join(names)}")
    for name in names:
        if name not in _METHODS:
            try:
                check_strategy(name)
            except InvalidArgument as error:
                raise InvalidArgument(
                    f"wanted strategies out of {', '.join(dict.fromkeys((*_METHODS, *STRATEGIES)))}, got {name!r}"
                ) from error
    return [_METHODS.get(name) or _named(name) for name in names]
