"""Random search by name, for the shortest call and as the baseline of every other searcher."""

from typing import Any

from nas_plugins.spaces.space import SearchSpace
from nas_plugins.tune.strategy_searcher import StrategySearcher, random_search


class RandomSearcher(StrategySearcher):
    """:class:`StrategySearcher` with :class:`nas_plugins.strategies.RandomSearch`: uniform, each architecture once.

    Args:
        space: As in :class:`StrategySearcher`.
        metric: As in :class:`StrategySearcher`.
        mode: As in :class:`StrategySearcher`.
        points_to_evaluate: As in :class:`StrategySearcher`.
        seed: As in :class:`StrategySearcher`.
        evaluated_rewards: As in :class:`StrategySearcher`.
    """

    _LEARNS = False

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
            strategy=random_search,
            seed=seed,
            evaluated_rewards=evaluated_rewards,
        )
