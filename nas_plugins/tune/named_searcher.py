"""What the searchers of strategies without settings share: Ray's constructor."""

from abc import ABC
from typing import Any, ClassVar

from nas_plugins.spaces.space import SearchSpace
from nas_plugins.strategy_factory import strategy_factory
from nas_plugins.tune.strategy_searcher import StrategySearcher


class NamedSearcher(StrategySearcher, ABC):
    """:class:`StrategySearcher` with one of :data:`nas_plugins.strategies.STRATEGIES`, which a subclass names.

    Args:
        space: As in :class:`StrategySearcher`.
        metric: As in :class:`StrategySearcher`.
        mode: As in :class:`StrategySearcher`.
        points_to_evaluate: As in :class:`StrategySearcher`.
        seed: As in :class:`StrategySearcher`.
        evaluated_rewards: As in :class:`StrategySearcher`.
    """

    STRATEGY: ClassVar[str]
    """Name of the strategy."""

    def __init__(
        self,
        space: str | SearchSpace[Any] = "nasbench201",
        metric: str | None = None,
        mode: str | None = None,
        points_to_evaluate: list[dict[str, Any]] | None = None,
        *,
        seed: int | None = None,
        evaluated_rewards: list[float] | None = None,
    ) -> None:
        super().__init__(
            space,
            metric,
            mode,
            points_to_evaluate,
            strategy=strategy_factory(self.STRATEGY),
            seed=seed,
            evaluated_rewards=evaluated_rewards,
        )
