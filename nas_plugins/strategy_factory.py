"""From the name of a strategy, and perhaps a dataset, to what builds it; for hosts whose settings are text."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nas_plugins.spaces.budget import Budget
from nas_plugins.spaces.errors import InvalidArgument
from nas_plugins.spaces.space import SearchSpace
from nas_plugins.strategies.registry import check_strategy, get_strategy, looks_at_images
from nas_plugins.strategies.strategy import Strategy

if TYPE_CHECKING:
    from nas_plugins.datasets import ImageDataset

StrategyFactory = Callable[[SearchSpace[Any], int | None], Strategy[Any]]
"""Builds a strategy from the search space and the seed."""


def strategy_factory(
    strategy: str | StrategyFactory, dataset: "str | Path | ImageDataset | None" = None
) -> StrategyFactory:
    """What builds the strategy of a name; images are loaded when it builds, if the strategy looks at any.

    Args:
        strategy: A name of :data:`nas_plugins.strategies.STRATEGIES`, two of them joined by ``"+"``; or a factory,
            which is handed back.
        dataset: Name or path of a dataset, or the dataset itself; only its training part is looked at.

    Raises:
        InvalidArgument: No strategy has that name, or a dataset for a strategy that looks at none.
    """
    if not isinstance(strategy, str):
        if not callable(strategy):
            raise InvalidArgument(f"wanted the name of a strategy, or what builds one, got {strategy!r}")
        if dataset is not None:
            raise InvalidArgument("wanted no dataset beside a strategy given as a function; let the function load it")
        return strategy
    check_strategy(strategy)
    if dataset is not None and not looks_at_images(strategy):
        raise InvalidArgument(f"wanted no dataset: the strategy {strategy!r} looks at no images; leave it out")

    def build(space: SearchSpace[Any], seed: int | None) -> Strategy[Any]:
        images = training_images_by_class(dataset) if looks_at_images(strategy) else None
        return get_strategy(strategy, space, seed=seed, images_by_class=images)

    return build


def zero_shot_factory(
    images_by_class: list[Any] | None,
    *,
    candidates: int,
    top: int,
    budget: Budget,
    scale: Mapping[str, Any],
    then: StrategyFactory | None,
    proposals: int | None,
) -> StrategyFactory:
    """What builds MetaD2A, alone or with a strategy that goes on.

    Args:
        images_by_class: As in :class:`nas_plugins.strategies.MetaD2A`.
        candidates: As there.
        top: As there.
        budget: What a proposal may cost.
        scale: As there.
        then: Builds the strategy that goes on after the proposals; ``None`` ends with them.
        proposals: Proposals before it goes on, as in :class:`nas_plugins.strategies.WarmStart`; by default all ``top``
            where it chooses among them, else at most five.
    """

    def build(space: SearchSpace[Any], seed: int | None) -> Strategy[Any]:
        from nas_plugins.strategies.metad2a import MetaD2A
        from nas_plugins.strategies.warm_start import WarmStart

        first = MetaD2A(
            space,
            images_by_class,
            candidates=candidates,
            top=top,
            max_params=budget.max_parameters,
            max_macs=budget.max_multiply_adds,
            scale=scale,
            seed=seed,
        )
        if then is None:
            return first
        goes_on = then(space, seed)
        number = top if proposals is None and goes_on.chooses else proposals
        return WarmStart(space, first, goes_on, proposals=number, seed=seed)

    return build


def check_goes_on(then: object, max_params: float | None, max_macs: float | None) -> None:
    """Refuse bounds beside a strategy that goes on, which would not keep to them.

    Raises:
        InvalidArgument: Both were given.
    """
    if then is not None and (max_params is not None or max_macs is not None):
        raise InvalidArgument(
            f"wanted then or bounds, got max_params {max_params}, max_macs {max_macs} and then {then!r}, which "
            "would not keep to them; leave one out"
        )


def training_images_by_class(dataset: "str | Path | ImageDataset | None") -> list[Any] | None:
    """Images of a dataset's training part, one array per class; ``None`` without a dataset.

    Raises:
        InvalidDataset: Nothing usable there.
    """
    if dataset is None:
        return None
    if isinstance(dataset, str | Path):
        from nas_plugins.datasets import load_dataset

        dataset = load_dataset(dataset)
    train, _ = dataset.train_test()
    images: list[Any] = train.images_by_class()
    return images
