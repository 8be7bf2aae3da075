"""NNI's own NAS experiments (``nni.nas``) with any search strategy of ours."""

import logging
import math
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from nas_plugins.nni.metric import DEFAULT, read_value
from nas_plugins.nni.nasbench201_samples import NasBench201Samples
from nas_plugins.spaces.errors import AskLater, InvalidArgument, MissingDependency, SearchExhausted
from nas_plugins.strategies.strategy import Strategy as SearchStrategy
from nas_plugins.strategies.strategy import check_state
from nas_plugins.strategy_factory import StrategyFactory, strategy_factory

try:
    from nni.nas.execution.event import ModelEventType
    from nni.nas.space import ModelStatus
    from nni.nas.strategy.base import Strategy
except ImportError as error:
    raise MissingDependency(
        f"wanted nni.nas, which cannot be imported ({error}); pip install pytorch-lightning, or call "
        "nni.set_default_framework('none') before, which leaves out NNI's model spaces"
    ) from error

if TYPE_CHECKING:
    from nas_plugins.datasets import ImageDataset

logger = logging.getLogger(__name__)

_PATIENCE = 0.5  # seconds between two questions of a strategy that waits for results


class NasStrategy(Strategy):
    """Explores NNI's ``NasBench201`` model space with any :class:`nas_plugins.strategies.Strategy`.

    As in ``NasExperiment(NasBench201(), evaluator, NasStrategy("bayesian"))``.

    Decisions of the evaluator (learning rates and so on) are drawn at random. A model that fails is told as nan.

    Args:
        strategy: Name of a strategy, or what builds one from space and seed.
        seed: Of the strategy and of the other decisions; ``None`` takes fresh entropy.
        dataset: Name or path of the images, or the dataset itself, for strategies that look at any.
        model_space: As in NNI's strategies.
        engine: As in NNI's strategies.

    Raises:
        InvalidArgument: No strategy has that name. When exploring: another model space.
    """

    _VERSION = 1

    def __init__(
        self,
        strategy: str | StrategyFactory = "default",
        *,
        seed: int | None = None,
        dataset: "str | Path | ImageDataset | None" = None,
        model_space: Any = None,
        engine: Any = None,
    ) -> None:
        self._name = strategy if isinstance(strategy, str) else getattr(strategy, "__name__", "own")
        self._factory = strategy_factory(strategy, dataset)
        self._seed = seed
        self._others = np.random.RandomState(seed)  # NNI draws from generators of this kind
        self._search: SearchStrategy[Any] | None = None
        self._samples: NasBench201Samples | None = None
        self._out = 0  # models submitted whose training has not ended
        self._lock = threading.RLock()  # an engine calls back from a thread of its own
        super().__init__(model_space, engine)

    def extra_repr(self) -> str:
        """What NNI shows between the parentheses."""
        return f"strategy={self._name!r}, seed={self._seed!r}"

    def _initialize(self, model_space: Any, engine: Any) -> Any:
        self._samples = NasBench201Samples(model_space.simplify())
        engine.register_model_event_callback(ModelEventType.TrainingEnd, self._learn)
        return model_space

    def _cleanup(self) -> None:
        """Nothing to unregister: results that come after the last submission are learned too, for the state."""

    def _run(self) -> None:
        while self.wait_for_resource():
            with self._lock:
                try:
                    cell = self._built().ask()
                except SearchExhausted as reason:
                    logger.info("The search ends: %s", reason)
                    return
                except AskLater:
                    cell = None
                else:
                    self._out += 1
            if cell is None:
                if not self._out:
                    raise InvalidArgument("wanted a proposal, but the strategy waits for results and no model runs")
                threading.Event().wait(_PATIENCE)
                continue
            self.engine.submit_models(self.model_space.freeze(self._sample(cell)))

    def _sample(self, cell: Any) -> dict[str, Any]:
        samples = self._initialized()
        sample: dict[str, Any] = samples.to_sample(cell)
        for label, mutable in self.model_space.simplify().items():
            if label not in samples.labels:
                mutable.random(sample, self._others)
        return sample

    def _learn(self, event: Any) -> None:
        model = event.model
        status = getattr(event, "status", model.status)
        with self._lock:
            self._out -= 1
            score = read_value(model.metric, DEFAULT) if status == ModelStatus.Trained else math.nan
            self._built().tell(self._initialized().to_cell(model.sample), score)

    def _initialized(self) -> "NasBench201Samples":
        """What NNI's initialize(), which it calls before it runs a strategy, found in the model space."""
        if self._samples is None:
            raise InvalidArgument("wanted a strategy that NNI has initialized, got a new one; call initialize first")
        return self._samples

    def _built(self) -> SearchStrategy[Any]:
        if self._search is None:
            self._search = self._factory(self._initialized().space, self._seed)
        return self._search

    def state_dict(self) -> dict[str, Any]:
        """The state of the search, as plain data."""
        with self._lock:
            return {"strategy": "nni.nas", "version": self._VERSION, "search": self._built().state_dict()}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Continue from a saved state, after :meth:`initialize`.

        Raises:
            InvalidState: The state is of another strategy or format version.
        """
        check_state(state_dict, strategy="nni.nas", version=self._VERSION)
        with self._lock:
            self._built().load_state_dict(state_dict["search"])
