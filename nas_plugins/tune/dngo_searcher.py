"""DNGO by name: Bayesian optimisation with a network's features."""

from typing import Any

from nas_plugins.spaces.space import SearchSpace
from nas_plugins.tune.strategy_searcher import StrategySearcher, named_strategy


class DNGOSearcher(StrategySearcher):
    """:class:`StrategySearcher` with a network's features and expected improvement.

    The strategy is :class:`nas_plugins.strategies.BayesianOptimization` over the model
    :class:`nas_plugins.strategies.dngo.DNGO`.

    Args:
        space: As in :class:`StrategySearcher`.
        metric: As in :class:`StrategySearcher`.
        mode: As in :class:`StrategySearcher`.
        points_to_evaluate: As in :class:`StrategySearcher`.
        seed: As in :class:`StrategySearcher`.
        evaluated_rewards: As in :class:`StrategySearcher`.

    References:
        Snoek et al., Scalable Bayesian Optimization Using Deep Neural Networks, ICML 2015.
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
            strategy=named_strategy("dngo"),
            seed=seed,
            evaluated_rewards=evaluated_rewards,
        )
