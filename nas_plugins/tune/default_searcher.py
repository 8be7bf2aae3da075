"""The strategy we recommend for the space at hand, by name."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nas_plugins.spaces.space import SearchSpace
from nas_plugins.strategies.registry import get_strategy
from nas_plugins.strategies.strategy import Strategy
from nas_plugins.tune.strategy_searcher import StrategySearcher
from nas_plugins.tune.trial_images import trial_images_by_class

if TYPE_CHECKING:
    from nas_plugins.datasets import ImageDataset


class DefaultSearcher(StrategySearcher):
    """:class:`StrategySearcher` with ``default`` of :data:`nas_plugins.strategies.STRATEGIES`.

    With images that is MetaD2A and, after its thirty proposals, Bayesian optimisation, whose model says from the third
    on which of them is next; without, five proposals for the average dataset, five random architectures, then Bayesian
    optimisation; where MetaD2A has no weights for the space, Bayesian optimisation alone. The images come from
    ``dataset``, else from ``config["dataset"]`` of the trials.

    Args:
        space: As in :class:`StrategySearcher`.
        metric: As in :class:`StrategySearcher`.
        mode: As in :class:`StrategySearcher`.
        points_to_evaluate: As in :class:`StrategySearcher`.
        dataset: Name or path of a dataset, or the dataset itself.
        seed: As in :class:`StrategySearcher`.
        evaluated_rewards: As in :class:`StrategySearcher`.
    """

    def __init__(
        self,
        space: str | SearchSpace[Any] = "nasbench201",
        metric: str | None = None,
        mode: str | None = None,
        points_to_evaluate: list[dict[str, Any]] | None = None,
        *,
        dataset: "str | Path | ImageDataset | None" = None,
        seed: int | None = None,
        evaluated_rewards: list[float] | None = None,
    ) -> None:
        self._dataset = dataset
        super().__init__(
            space,
            metric,
            mode,
            points_to_evaluate,
            strategy=self._default,
            seed=seed,
            evaluated_rewards=evaluated_rewards,
        )

    def _default(self, space: SearchSpace[Any], seed: int | None) -> Strategy[Any]:
        images = trial_images_by_class(self._dataset, self.param_space)
        return get_strategy("default", space, seed=seed, images_by_class=images)

    def _blank_strategy(self) -> Strategy[Any]:
        # A saved strategy carries its proposals; the images may be elsewhere by now.
        return get_strategy("default", self.space, seed=self._seed)

    def _options(self) -> dict[str, Any]:
        return {"dataset": str(self._dataset) if isinstance(self._dataset, str | Path) else None}

    def _set_options(self, options: Mapping[str, Any]) -> None:
        if self._dataset is None:
            self._dataset = options["dataset"]
