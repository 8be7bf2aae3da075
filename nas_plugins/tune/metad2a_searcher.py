"""MetaD2A by name: architectures proposed for the images at hand before anything is trained."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nas_plugins.spaces.budget import Budget
from nas_plugins.spaces.errors import InvalidState
from nas_plugins.spaces.space import SearchSpace
from nas_plugins.strategies.strategy import Strategy
from nas_plugins.strategy_factory import (
    StrategyFactory,
    check_goes_on,
    strategy_factory,
    zero_shot_factory,
)
from nas_plugins.tune.strategy_searcher import StrategySearcher
from nas_plugins.tune.trial_images import trial_images_by_class

if TYPE_CHECKING:
    from nas_plugins.datasets import ImageDataset

_UNNAMED = "(not a name)"
"""Stands in saved states for a strategy that goes on and was given as a function."""


class MetaD2ASearcher(StrategySearcher):
    """:class:`StrategySearcher` with :class:`nas_plugins.strategies.metad2a.MetaD2A`.

    The images come from ``dataset``, else from ``config["dataset"]`` of the trials; else there are none, and the
    strategy proposes for the average of the tasks it was trained on, with a warning. Only the training part is looked
    at. Weights and images load at the first suggestion.

    With ``then``, MetaD2A only starts the search: its proposals come first, in the order that a model of the other
    strategy expects most of, and a few random architectures; the other strategy goes on from what they scored, as in
    :class:`nas_plugins.strategies.WarmStart`.

    Args:
        space: As in :class:`StrategySearcher`.
        metric: As in :class:`StrategySearcher`.
        mode: As in :class:`StrategySearcher`.
        points_to_evaluate: As in :class:`StrategySearcher`.
        dataset: Name or path of a dataset, or the dataset itself.
        candidates: Architectures the generator draws.
        top: Architectures proposed, the best by predicted accuracy first; then the search ends, unless another strategy
            goes on.
        then: The strategy that goes on: its name, for example ``"bayesian"`` or ``"dngo"``, or what builds it from
            space and seed. A restored searcher remembers names, and must be given anything else again.
        proposals: With ``then``, how many of the ``top`` come before it; by default all where it chooses among them,
            as ``"bayesian"`` does, else five.
        max_params: Most trainable parameters of a proposal's network; no bound without.
        max_macs: Most multiply-adds of one forward pass on one image; no bound without.
        scale: Size of the networks whose cost is counted, as in :class:`nas_plugins.strategies.metad2a.MetaD2A`: say it
            where trials train smaller networks than the space's full size, for example
            ``{"C": 16, "N": 1, "image_shape": (3, 8, 8)}``.
        seed: As in :class:`StrategySearcher`.
        evaluated_rewards: As in :class:`StrategySearcher`.

    Raises:
        InvalidArgument: No strategy is called ``then``, or bounds together with ``then``, which would not keep to them.

    References:
        Lee, Hyung and Hwang, Rapid Neural Architecture Search by Learning to Generate Graphs from Datasets, ICLR 2021.
    """

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
        then: str | StrategyFactory | None = None,
        proposals: int | None = None,
        max_params: float | None = None,
        max_macs: float | None = None,
        scale: Mapping[str, Any] | None = None,
        seed: int | None = None,
        evaluated_rewards: list[float] | None = None,
    ) -> None:
        self._dataset = dataset
        self._candidates = candidates
        self._top = top
        self._proposals = proposals
        self._go_on_with(then)
        self._budget = Budget(max_params, max_macs)
        check_goes_on(then, max_params, max_macs)
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

    def _go_on_with(self, then: "str | StrategyFactory | None") -> None:
        self._then_name = then if isinstance(then, str) else None
        self._then = strategy_factory(then) if isinstance(then, str) else then
        self._LEARNS = then is not None

    def _metad2a(self, space: SearchSpace[Any], seed: int | None) -> Strategy[Any]:
        return self._over(self._images_by_class(), space, seed)

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

    def _images_by_class(self) -> list[Any] | None:
        return trial_images_by_class(self._dataset, self.param_space)

    def _options(self) -> dict[str, Any]:
        named = isinstance(self._dataset, str | Path)
        return {
            "dataset": str(self._dataset) if named else None,
            "candidates": self._candidates,
            "top": self._top,
            "then": self._then_name if self._then is None or self._then_name else _UNNAMED,
            "proposals": self._proposals,
            "max_params": self._budget.max_parameters,
            "max_macs": self._budget.max_multiply_adds,
            "scale": self._scale,
        }

    def _set_options(self, options: Mapping[str, Any]) -> None:
        self._candidates, self._top = int(options["candidates"]), int(options["top"])
        budget = Budget(options["max_params"], options["max_macs"])
        if self._budget.bounds_something and self._budget != budget:
            raise InvalidState(
                f"wanted the state of a search with {self._budget}, got one with {budget}; give those, or none"
            )
        self._budget = budget
        self._scale = dict(options["scale"])
        # States from before warm starts have neither.
        then, proposals = options.get("then"), options.get("proposals", self._proposals)
        self._proposals = None if proposals is None else int(proposals)
        if then == _UNNAMED and (self._then is None or self._then_name):
            raise InvalidState("wanted the strategy that goes on, which has no name; pass then= to the searcher again")
        if then != _UNNAMED:
            self._go_on_with(then)
        if self._dataset is None:
            self._dataset = options["dataset"]
