"""Local search by name: the baseline that embarrasses papers."""

from typing import Any

from nas_plugins.spaces.space import SearchSpace
from nas_plugins.tune.strategy_searcher import StrategySearcher, named_strategy


class LocalSearchSearcher(StrategySearcher):
    """:class:`StrategySearcher` with :class:`nas_plugins.strategies.LocalSearch`.

    It moves to the first better neighbour, and starts anew from each local optimum.

    Args:
        space: As in :class:`StrategySearcher`.
        metric: As in :class:`StrategySearcher`.
        mode: As in :class:`StrategySearcher`.
        points_to_evaluate: As in :class:`StrategySearcher`.
        seed: As in :class:`StrategySearcher`.
        evaluated_rewards: As in :class:`StrategySearcher`.

    References:
        White, Nolen and Savani, Exploring the Loss Landscape in Neural Architecture Search, UAI 2021.
    """

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
            strategy=named_strategy("local_search"),
            seed=seed,
            evaluated_rewards=evaluated_rewards,
        )
