"""Strategies by the names the command line uses."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nas_plugins.spaces.constrained_space import ConstrainedSpace
from nas_plugins.spaces.cost_measure import NetworkCost
from nas_plugins.spaces.errors import InvalidArgument
from nas_plugins.spaces.space import SearchSpace
from nas_plugins.strategies.bayesian import BayesianOptimization
from nas_plugins.strategies.latent_rounds import LatentRounds
from nas_plugins.strategies.local_search import LocalSearch
from nas_plugins.strategies.metad2a import MetaD2A
from nas_plugins.strategies.pareto_search import ParetoSearch
from nas_plugins.strategies.random_search import RandomSearch
from nas_plugins.strategies.regularized_evolution import RegularizedEvolution
from nas_plugins.strategies.reinforce import REINFORCE
from nas_plugins.strategies.reinforce_discrete import DiscreteREINFORCE
from nas_plugins.strategies.reinforce_settings import ReinforceSettings
from nas_plugins.strategies.strategy import Strategy
from nas_plugins.strategies.surrogate import DNGOSurrogate
from nas_plugins.strategies.warm_start import WarmStart

Images = Sequence[NDArray[np.uint8]] | None
"""Images of the target, one array ``(images, height, width, 3)`` per class, for strategies that look at them."""


def _random(space: SearchSpace[Any], seed: int | None, images_by_class: Images) -> Strategy[Any]:
    del images_by_class
    return RandomSearch(space, seed=seed)


def _metad2a(space: SearchSpace[Any], seed: int | None, images_by_class: Images) -> MetaD2A[Any]:
    if not isinstance(space, ConstrainedSpace):
        return MetaD2A(space, images_by_class, seed=seed)
    # Bounds on what it counts itself, it keeps to by making draws cheaper; others it meets by leaving draws out.
    counted = {bound.measure.name: bound for bound in space.bounds if isinstance(bound.measure, NetworkCost)}
    own = len(counted) == len(space.bounds)
    scales = [bound.measure.scale for bound in counted.values() if isinstance(bound.measure, NetworkCost)]
    if not own or any(scale != scales[0] for scale in scales):
        return MetaD2A(space, images_by_class, seed=seed)
    parameters, multiply_adds = (counted.get(name) for name in ("parameters", "multiply_adds"))
    return MetaD2A(
        space.whole,
        images_by_class,
        max_params=None if parameters is None else parameters.maximum,
        max_macs=None if multiply_adds is None else multiply_adds.maximum,
        scale=scales[0],
        seed=seed,
    )


def _default(space: SearchSpace[Any], seed: int | None, images_by_class: Images) -> Strategy[Any]:
    first, then = _metad2a(space, seed, images_by_class), _bayesian(space, seed, None)
    if not first.orders_architectures:
        return then
    if images_by_class is None:
        # Nobody said what the scores are of: a few proposals that suit most image datasets cost no more than the random
        # architectures the model would begin with.
        return WarmStart(space, first, then, proposals=_BLIND, in_order=_BLIND, follow=False, seed=seed)
    return WarmStart(space, first, then, seed=seed)


def _local_search(space: SearchSpace[Any], seed: int | None, images_by_class: Images) -> Strategy[Any]:
    del images_by_class
    return LocalSearch(space, seed=seed)


def _regularized_evolution(space: SearchSpace[Any], seed: int | None, images_by_class: Images) -> Strategy[Any]:
    del images_by_class
    return RegularizedEvolution(space, seed=seed)


def _bayesian(space: SearchSpace[Any], seed: int | None, images_by_class: Images) -> Strategy[Any]:
    del images_by_class
    return BayesianOptimization(space, seed=seed)


def _dngo(space: SearchSpace[Any], seed: int | None, images_by_class: Images) -> Strategy[Any]:
    del images_by_class
    return BayesianOptimization(space, surrogate=DNGOSurrogate(), seed=seed)


def _reinforce(space: SearchSpace[Any], seed: int | None, images_by_class: Images) -> Strategy[Any]:
    del images_by_class
    return REINFORCE(space, seed=seed)


def _reinforce_discrete(space: SearchSpace[Any], seed: int | None, images_by_class: Images) -> Strategy[Any]:
    del images_by_class
    return DiscreteREINFORCE(space, seed=seed)


def _arch2vec_rl(space: SearchSpace[Any], seed: int | None, images_by_class: Images) -> Strategy[Any]:
    del images_by_class
    return REINFORCE(space, settings=ReinforceSettings.preset("paper"), seed=seed)


def _arch2vec_bo(space: SearchSpace[Any], seed: int | None, images_by_class: Images) -> Strategy[Any]:
    del images_by_class
    return LatentRounds(space, seed=seed)


def _pareto(space: SearchSpace[Any], seed: int | None, images_by_class: Images) -> Strategy[Any]:
    del images_by_class
    return ParetoSearch(space, seed=seed)


_BLIND = 5  # MetaD2A's proposals where it saw no images

STRATEGIES: dict[str, Callable[[SearchSpace[Any], int | None, Images], Strategy[Any]]] = {
    "default": _default,
    "metad2a": _metad2a,
    "random": _random,
    "local_search": _local_search,
    "regularized_evolution": _regularized_evolution,
    "bayesian": _bayesian,
    "dngo": _dngo,
    "reinforce": _reinforce,
    "reinforce_discrete": _reinforce_discrete,
    "pareto": _pareto,
    "arch2vec_rl": _arch2vec_rl,
    "arch2vec_bo": _arch2vec_bo,
}
"""Every strategy by its name; ``default`` is the one we recommend: MetaD2A, then ``bayesian``.

With images, MetaD2A's thirty proposals come first, from the third on in the order that the model behind ``bayesian``
expects most of. Without images it is MetaD2A's first five for the average dataset, five random architectures, then
``bayesian``; where MetaD2A has no weights, or none that order architectures better than chance, ``bayesian`` alone.

``pareto`` searches for the best trade-offs of score and multiply-adds.

``arch2vec_rl`` and ``arch2vec_bo`` are the two searchers of the arch2vec paper as they were published, for accuracies
in percent: what one learns from, and the other one improves on, is fixed there. All others take scores on any scale.
"""

LOOKS_AT_IMAGES = frozenset({"default", "metad2a"})
"""Strategies that propose from the images of the target dataset."""

THEN = "+"
"""Joins two names to a warm start: ``"metad2a+dngo"`` lets MetaD2A propose first and DNGO go on."""

STRATEGY_NAMES = f"{', '.join(STRATEGIES)}, or FIRST{THEN}THEN for a warm start, as in metad2a{THEN}bayesian"
"""What may be given for a strategy, in words."""


def get_strategy(
    name: str, space: SearchSpace[Any], *, seed: int | None = None, images_by_class: Images = None
) -> Strategy[Any]:
    """Build a strategy by name.

    Args:
        name: A key of :data:`STRATEGIES`, or two of them joined by ``"+"`` for a :class:`WarmStart`.
        space: What to search.
        seed: Seed of the strategy.
        images_by_class: Images of the target, for the strategies of :data:`LOOKS_AT_IMAGES`.

    Raises:
        InvalidArgument: No strategy has that name.
    """
    check_strategy(name)
    first, *then = (STRATEGIES[part](space, seed, images_by_class) for part in name.split(THEN))
    return WarmStart(space, first, then[0], seed=seed) if then else first


def check_strategy(name: str) -> None:
    """Raise :class:`InvalidArgument` where no strategy has that name."""
    parts = name.split(THEN)
    if len(parts) > 2 or not all(part in STRATEGIES for part in parts):
        raise InvalidArgument(f"wanted a strategy out of {STRATEGY_NAMES}, got {name!r}")


def looks_at_images(name: str) -> bool:
    """Whether a strategy, or one of the two of a warm start, proposes from images of the target."""
    return not LOOKS_AT_IMAGES.isdisjoint(name.split(THEN))
