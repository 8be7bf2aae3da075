"""Bayesian optimisation by name, with a Gaussian process."""

from typing import Any

from nas_plugins.spaces.space import SearchSpace
from nas_plugins.tune.strategy_searcher import StrategySearcher, named_strategy


class BayesianSearcher(StrategySearcher):
    """:class:`StrategySearcher` with a Gaussian process and expected improvement.

    The strategy is :class:`nas_plugins.strategies.BayesianOptimization`.

    Args:
        space: As in :class:`StrategySearcher`.
        metric: As in :class:`StrategySearcher`.
        mode: As in :class:`StrategySearcher`.
        points_to_evaluate: As in :class:`StrategySearcher`.
        seed: As in :class:`StrategySearcher`.
        evaluated_rewards: As in :class:`StrategySearcher`.

    References:
        Balandat et al., BoTorch: A Framework for Efficient Monte-Carlo Bayesian Optimization, NeurIPS 2020.
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
            strategy=named_strategy("bayesian"),
            seed=seed,
            evaluated_rewards=evaluated_rewards,
        )
