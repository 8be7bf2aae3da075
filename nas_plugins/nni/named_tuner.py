"""What the tuners of strategies without settings share: the constructor."""

from abc import ABC
from typing import Any, ClassVar

from nas_plugins.nni.metric import DEFAULT
from nas_plugins.nni.strategy_tuner import StrategyTuner
from nas_plugins.spaces.space import SearchSpace


class NamedTuner(StrategyTuner, ABC):
    """:class:`StrategyTuner` with one of :data:`nas_plugins.strategies.STRATEGIES`, which a subclass names.

    Args:
        space: As in :class:`StrategyTuner`.
        optimize_mode: As in :class:`StrategyTuner`.
        metric: As in :class:`StrategyTuner`.
        seed: As in :class:`StrategyTuner`.
    """

    STRATEGY: ClassVar[str]
    """Name of the strategy."""

    def __init__(
        self,
        space: str | SearchSpace[Any] = "nasbench201",
        *,
        optimize_mode: str = "maximize",
        metric: str = DEFAULT,
        seed: int | None = None,
    ) -> None:
        super().__init__(self.STRATEGY, space, optimize_mode=optimize_mode, metric=metric, seed=seed)
