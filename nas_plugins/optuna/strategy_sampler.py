"""Optuna's sampler over any search strategy: it translates and delegates, and searches nothing itself."""

import math
import threading
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from optuna.distributions import BaseDistribution, CategoricalDistribution
from optuna.samplers import BaseSampler, RandomSampler
from optuna.study import Study, StudyDirection
from optuna.trial import FrozenTrial, TrialState

from nas_plugins.spaces import get_space
from nas_plugins.spaces.errors import AskLater, InvalidArchitecture, InvalidArgument, SearchExhausted
from nas_plugins.spaces.space import SearchSpace
from nas_plugins.strategies.strategy import Strategy
from nas_plugins.strategy_factory import StrategyFactory, strategy_factory

if TYPE_CHECKING:
    from nas_plugins.datasets import ImageDataset


class StrategySampler(BaseSampler):
    """Lets Optuna run any :class:`nas_plugins.strategies.Strategy`.

    It samples the flat choices of the space, as :func:`nas_plugins.optuna.suggest_architecture` asks for them; other
    parameters of the objective are sampled by ``independent_sampler``. The strategy learns from every finished trial of
    the study that has all choices, whoever sampled it: before a restart, in another process, enqueued or added. A
    failed trial, and a pruned one without a value, is told as nan; trials outside the bounds of the space are passed
    over. Nothing but the study needs to be saved.

    With nothing left to propose, the study is stopped after one more, random trial. Threads (``n_jobs``) share the
    sampler; processes each have one of their own and should have different seeds.

    Args:
        strategy: Name of a strategy (``"default"``, ``"bayesian"``, ``"metad2a+dngo"`` ...), or what builds one from
            space and seed.
        space: Search space, or its name.
        seed: Seed of the strategy and of the other parameters; ``None`` takes fresh entropy.
        dataset: Name or path of the images, or the dataset itself, for strategies that look at any.
        independent_sampler: For parameters that are no choices of the space; random without.

    Raises:
        InvalidArgument: No such strategy or space, or a dataset for a strategy that looks at none.
    """

    def __init__(
        self,
        strategy: str | StrategyFactory = "default",
        space: str | SearchSpace[Any] = "nasbench201",
        *,
        seed: int | None = None,
        dataset: "str | Path | ImageDataset | None" = None,
        independent_sampler: BaseSampler | None = None,
    ) -> None:
        self.space: SearchSpace[Any] = get_space(space)
        self._factory = strategy_factory(strategy, dataset)
        self._seed = seed
        # Another stream than the strategy's, which starts from the same seed.
        self._rng = np.random.default_rng(None if seed is None else np.random.SeedSequence(seed).spawn(1)[0])
        self._independent = RandomSampler(seed) if independent_sampler is None else independent_sampler
        self._distributions: dict[str, BaseDistribution] = {
            name: CategoricalDistribution(options) for name, options in self.space.choices().items()
        }
        self._study: str | None = None
        self._strategy: Strategy[Any] | None = None
        self._told: set[int] = set()  # numbers of finished trials
        self._lock = threading.RLock()

    def infer_relative_search_space(self, study: Study, trial: FrozenTrial) -> dict[str, BaseDistribution]:
        """The flat choices of the space."""
        del study, trial
        return dict(self._distributions)

    def sample_relative(
        self, study: Study, trial: FrozenTrial, search_space: dict[str, BaseDistribution]
    ) -> dict[str, Any]:
        """The choices of the architecture that the strategy proposes next.

        Raises:
            ValueError: The study has several objectives (Optuna's own check).
        """
        del trial
        self._raise_error_if_multi_objective(study)
        if search_space.keys() != self._distributions.keys():
            return {}  # another sampler fixes some of them, so that there is no whole architecture to propose
        with self._lock:
            strategy = self._follow(study)
            try:
                architecture = strategy.ask()
            except AskLater:
                architecture = self._drawn()
            except SearchExhausted as reason:
                warnings.warn(f"the study stops after this trial, whose architecture is random: {reason}", stacklevel=2)
                _stop(study)
                architecture = self._drawn()
        return dict(self.space.to_choices(architecture))

    def sample_independent(
        self, study: Study, trial: FrozenTrial, param_name: str, param_distribution: BaseDistribution
    ) -> Any:
        """A value for a parameter that is no part of the proposal."""
        return self._independent.sample_independent(study, trial, param_name, param_distribution)

    def reseed_rng(self) -> None:
        """Give the other parameters a fresh generator; the strategy's is shared by all threads and stays."""
        self._independent.reseed_rng()

    def _drawn(self) -> Any:
        """A random architecture of the space; choices drawn one by one may name none that is within its bounds."""
        return self.space.sample(self._rng)

    def _follow(self, study: Study) -> Strategy[Any]:
        """The strategy, told every trial that has finished since the last time, in the order of their numbers."""
        if self._strategy is None:
            self._strategy = self._factory(self.space, self._seed)
            self._study = study.study_name
        if self._study != study.study_name:
            raise InvalidArgument(
                f"wanted one study per sampler, got {study.study_name!r} after {self._study!r}; each wants its own"
            )
        sign = 1 if study.direction == StudyDirection.MAXIMIZE else -1
        for trial in study.get_trials(deepcopy=False):
            if trial.state.is_finished() and trial.number not in self._told:
                self._told.add(trial.number)
                choices = {name: trial.params[name] for name in self._distributions if name in trial.params}
                if len(choices) < len(self._distributions):
                    continue
                try:
                    architecture = self.space.from_choices(choices)
                except InvalidArchitecture:
                    continue  # another sampler's, outside the bounds of this one
                self._strategy.tell(architecture, sign * _value(trial))
        return self._strategy


def _value(trial: FrozenTrial) -> float:
    """The objective of a finished trial; of a pruned one its last intermediate value; nan where there is none."""
    if trial.state == TrialState.FAIL:
        return math.nan
    if trial.state == TrialState.PRUNED and trial.intermediate_values:
        return float(trial.intermediate_values[max(trial.intermediate_values)])
    return math.nan if trial.values is None else float(trial.values[0])


def _stop(study: Study) -> None:
    try:
        study.stop()
    except RuntimeError:
        return  # outside of study.optimize there is nothing to stop
