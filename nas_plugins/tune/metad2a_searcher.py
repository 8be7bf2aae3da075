"""MetaD2A by name: architectures proposed for the images at hand before anything is trained."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nas_plugins.spaces.budget import Budget
from nas_plugins.spaces.space import SearchSpace
from nas_plugins.strategies.strategy import Strategy
from nas_plugins.tune.strategy_searcher import StrategySearcher

if TYPE_CHECKING:
    from nas_plugins.datasets import ImageDataset


class MetaD2ASearcher(StrategySearcher):
    """:class:`StrategySearcher` with :class:`nas_plugins.strategies.metad2a.MetaD2A`.

    The images come from ``dataset``, else from ``config["dataset"]`` of the trials; else there are none, and the
    strategy proposes for the average of the tasks it was trained on, with a warning. Only the training part is looked
    at. Weights and images load at the first suggestion.

    Args:
        space: As in :class:`StrategySearcher`.
        metric: As in :class:`StrategySearcher`.
        mode: As in :class:`StrategySearcher`.
        points_to_evaluate: As in :class:`StrategySearcher`.
        dataset: Name or path of a dataset, or the dataset itself.
        candidates: Architectures the generator draws.
        top: Architectures proposed, the best by predicted accuracy first; then the search ends.
        max_params: Most trainable parameters of a proposal's network; no bound without.
        max_macs: Most multiply-adds of one forward pass on one image; no bound without.
        scale: Size of the networks whose cost is counted, as in :class:`nas_plugins.strategies.metad2a.MetaD2A`: say it
            where trials train smaller networks than the space's full size, for example
            ``{"C": 16, "N": 1, "image_shape": (3, 8, 8)}``.
        seed: As in :class:`StrategySearcher`.
        evaluated_rewards: As in :class:`StrategySearcher`.

    References:
        Lee, Hyung and Hwang, Rapid Neural Architecture Search by Learning to Generate Graphs from Datasets, ICLR 2021.
    """

    _LEARNS = False

    def __init__(
        self,
        space: str | SearchSpace[Any] = "nasbench201",
        metric: str | None = None,
        mode: str | None = None,
        points_to_evaluate: list[dict[str, Any]] | None = None,
        *,
        dataset: "str | Path | ImageDataset | None" = None,
        candidates: int = 500,
        top: int = 30,
        max_params: float | None = None,
        max_macs: float | None = None,
        scale: Mapping[str, Any] | None = None,
        seed: int | None = None,
        evaluated_rewards: list[float] | None = None,
    ) -> None:
        self._dataset = dataset
        self._candidates = candidates
        self._top = top
        self._budget = Budget(max_params, max_macs)
        self._scale = dict(scale or {})
        super().__init__(
            space,
            metric,
            mode,
            points_to_evaluate,
            strategy=self._metad2a,
            seed=seed,
            evaluated_rewards=evaluated_rewards,
        )

    def _metad2a(self, space: SearchSpace[Any], seed: int | None) -> Strategy[Any]:
        return self._over(self._images_by_class(), space, seed)

    def _blank_strategy(self) -> Strategy[Any]:
        # A saved strategy carries its ranking; the images may be elsewhere by now.
        return self._over(None, self.space, self._seed)

    def _over(self, images_by_class: list[Any] | None, space: SearchSpace[Any], seed: int | None) -> Strategy[Any]:
        from nas_plugins.strategies.metad2a import MetaD2A

        return MetaD2A(
            space,
            images_by_class,
            candidates=self._candidates,
            top=self._top,
            max_params=self._budget.max_parameters,
            max_macs=self._budget.max_multiply_adds,
            scale=self._scale,
            seed=seed,
        )

    def _images_by_class(self) -> list[Any] | None:
        dataset = self._dataset if self._dataset is not None else self.param_space.get("dataset")
        if dataset is None:
            return None
        if isinstance(dataset, str | Path):
            from nas_plugins.datasets import load_dataset

            dataset = load_dataset(dataset)
        train, _ = dataset.train_test()
        images: list[Any] = train.images_by_class()
        return images

    def _options(self) -> dict[str, Any]:
        named = isinstance(self._dataset, str | Path)
        return {
            "dataset": str(self._dataset) if named else None,
            "candidates": self._candidates,
            "top": self._top,
            "max_params": self._budget.max_parameters,
            "max_macs": self._budget.max_multiply_adds,
            "scale": self._scale,
        }

    def _set_options(self, options: Mapping[str, Any]) -> None:
        self._candidates, self._top = int(options["candidates"]), int(options["top"])
        self._budget = Budget(options["max_params"], options["max_macs"])
        self._scale = dict(options["scale"])
        if self._dataset is None:
            self._dataset = options["dataset"]
