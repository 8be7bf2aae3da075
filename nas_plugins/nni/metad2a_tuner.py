"""MetaD2A by name: architectures proposed for the images at hand before anything is trained."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nas_plugins.nni.metric import DEFAULT
from nas_plugins.nni.strategy_tuner import StrategyTuner
from nas_plugins.spaces.budget import Budget
from nas_plugins.spaces.errors import InvalidArgument
from nas_plugins.spaces.space import SearchSpace
from nas_plugins.strategies.strategy import Strategy
from nas_plugins.strategy_factory import (
    StrategyFactory,
    check_goes_on,
    strategy_factory,
    training_images_by_class,
    zero_shot_factory,
)

if TYPE_CHECKING:
    from nas_plugins.datasets import ImageDataset


class MetaD2ATuner(StrategyTuner):
    """:class:`StrategyTuner` with :class:`nas_plugins.strategies.metad2a.MetaD2A`.

    Weights and images load with the first trial. Without ``then``, the experiment ends after ``top`` trials.

    Args:
        space: As in :class:`StrategyTuner`.
        dataset: As in :class:`StrategyTuner`; without one, the strategy proposes for the average of the tasks it was
            trained on, with a warning.
        candidates: Architectures the generator draws.
        top: Architectures proposed, the best by predicted accuracy first.
        then: The strategy that goes on from what the proposals and a few random architectures scored: its name, for
            example ``"bayesian"``, or what builds it.
        proposals: With ``then``, how many of the ``top`` come before it; by default all where it chooses among them,
            as ``"bayesian"`` does, else five.
        max_params: Most trainable parameters of a proposal's network; no bound without.
        max_macs: Most multiply-adds of one forward pass on one image; no bound without.
        scale: Size of the networks whose cost is counted, as in :class:`nas_plugins.strategies.metad2a.MetaD2A`.
        optimize_mode: As in :class:`StrategyTuner`.
        metric: As in :class:`StrategyTuner`.
        seed: As in :class:`StrategyTuner`.

    Raises:
        InvalidArgument: Numbers out of range; no strategy is called ``then``; or bounds together with ``then``, which
            would not keep to them.

    References:
        Lee, Hyung and Hwang, Rapid Neural Architecture Search by Learning to Generate Graphs from Datasets, ICLR 2021.
    """

    def __init__(
        self,
        space: str | SearchSpace[Any] = "nasbench201",
        *,
        dataset: "str | Path | ImageDataset | None" = None,
        candidates: int = 500,
        top: int = 30,
        then: str | StrategyFactory | None = None,
        proposals: int | None = None,
        max_params: float | None = None,
        max_macs: float | None = None,
        scale: Mapping[str, Any] | None = None,
        optimize_mode: str = "maximize",
        metric: str = DEFAULT,
        seed: int | None = None,
    ) -> None:
        for name, value in (("candidates", candidates), ("top", top), ("proposals", proposals)):
            if value is None and name == "proposals":
                continue
            if not isinstance(value, int) or isinstance(value, bool) or value < 1:
                raise InvalidArgument(f"wanted {name} a whole number of at least 1, got {value!r}")
        check_goes_on(then, max_params, max_macs)
        self._dataset = dataset
        self._candidates, self._top, self._proposals = candidates, top, proposals
        self._then = None if then is None else strategy_factory(then)
        self._budget = Budget(max_params, max_macs)
        self._scale = dict(scale or {})
        super().__init__(self._metad2a, space, optimize_mode=optimize_mode, metric=metric, seed=seed)

    def _metad2a(self, space: SearchSpace[Any], seed: int | None) -> Strategy[Any]:
        return self._over(training_images_by_class(self._dataset), space, seed)

    def _blank_strategy(self) -> Strategy[Any]:
        # A saved strategy carries its ranking; the images may be elsewhere by now.
        return self._over(None, self.space, self._seed)

    def _over(self, images_by_class: list[Any] | None, space: SearchSpace[Any], seed: int | None) -> Strategy[Any]:
        build = zero_shot_factory(
            images_by_class,
            candidates=self._candidates,
            top=self._top,
            budget=self._budget,
            scale=self._scale,
            then=self._then,
            proposals=self._proposals,
        )
        return build(space, seed)
