"""Ray Tune's searcher over any search strategy: it translates and delegates, and searches nothing itself."""

import logging
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from ray.tune.result import DEFAULT_METRIC
from ray.tune.search import Searcher
from ray.tune.search.variant_generator import parse_spec_vars
from ray.tune.utils.util import merge_dicts, validate_warmstart

from nas_plugins.evaluation.trial_config import ARCHITECTURE, LATENT, PREDICTION, architecture_from_config
from nas_plugins.spaces import get_space
from nas_plugins.spaces.errors import AskLater, DamagedFile, InvalidState, SearchExhausted
from nas_plugins.spaces.files import read_json, write_json
from nas_plugins.spaces.space import SearchSpace
from nas_plugins.strategies.strategy import (
    Strategy,
    check_bounds,
    check_state,
    generator_from_state,
    generator_state,
    space_state,
)
from nas_plugins.strategy_factory import StrategyFactory, strategy_factory
from nas_plugins.tune.domains import draw_domains, from_plain, has_domains, lost_domains, to_plain
from nas_plugins.tune.experiment_record import RecordedTrial, recorded_trials
from nas_plugins.tune.metric_warning import metric_warning
from nas_plugins.tune.objective import check_objective, finite_or_none, name_or_none, number_or_nan
from nas_plugins.tune.points import normal_point
from nas_plugins.tune.state_folder import StateFolder
from nas_plugins.tune.trial_entries import REPETITION
from nas_plugins.tune.trial_ledger import TrialLedger, Values

logger = logging.getLogger(__name__)

METRIC = "accuracy"
"""The metric our own trials report; read when nobody named a metric and Ray's anonymous one is absent."""


class StrategySearcher(Searcher):
    """Lets Ray Tune run any :class:`nas_plugins.strategies.Strategy`.

    A suggestion is ``{"architecture": "<canonical string>"}``, with ``"predicted_accuracy"`` where the strategy expects
    one, so that Ray's tables show it; Ray merges it into the constants of ``param_space``. Other Tune domains in
    ``param_space`` (``tune.loguniform`` and so on) are drawn at random by a generator of the searcher's own, and are
    saved with it (functions, ``tune.sample_from``, excepted: pass ``param_space`` to ``Tuner.restore`` again). A trial
    that fails, or whose metric is missing or not finite, is told to the strategy as ``nan``; one that Ray ends without
    a result, as HyperBand does with trials that it had paused, with the last result that it reported.

    Ray keeps a single pending trial for a searcher handed over bare: a trial is asked for once the one before has its
    worker, so workers start one after another, and then all of them are kept busy. ``max_concurrent_trials=n`` (of
    ``TuneConfig`` or ``tune.run``; the number of trials that fit the machine is a good choice) starts them at once.

    Args:
        space: Search space, or its name.
        metric: Name of the result to optimise. The host's own is used when it gets here: Ray keeps it to itself when
            ``param_space`` is empty. Without any, ``"_metric"`` (Ray's anonymous one), else ``"accuracy"``.
        mode: ``"max"`` (assumed when nobody says) or ``"min"``; may come from the host likewise.
        points_to_evaluate: Configurations to try first, in this order, each with ``"architecture"`` (or the space's
            flat choices, or latent ``"z"``) and, if wanted, values for other domains of ``param_space``.
        strategy: Builds the strategy from space and seed; random search by default.
        seed: Seed of strategy and generator; ``None`` takes fresh entropy.
        evaluated_rewards: Metric values of ``points_to_evaluate``; with them the points are learned from, not run.

    Raises:
        InvalidArgument: No such space, a mode other than min and max, points that JSON cannot hold.
        InvalidArchitecture: A point without a valid architecture.
        TypeError: Points or rewards are no lists (Ray's own check).
        ValueError: As many rewards as points are wanted (Ray's own check).
    """

    _KIND = "nas_plugins searcher"
    _VERSION = 1
    _LEARNS = True  # whether the strategy may learn from scores, so that a wrong metric would matter

    def __init__(
        self,
        space: str | SearchSpace[Any] = "nasbench201",
        metric: str | None = None,
        mode: str | None = None,
        points_to_evaluate: list[dict[str, Any]] | None = None,
        *,
        strategy: StrategyFactory | None = None,
        seed: int | None = None,
        evaluated_rewards: list[float] | None = None,
    ) -> None:
        check_objective(metric, mode)
        super().__init__(metric=metric, mode=mode)
        self._metric: str | None = name_or_none(metric)
        self._mode: str | None
        self.space: SearchSpace[Any] = get_space(space)
        self.param_space: dict[str, Any] = {}
        self._factory = strategy_factory("random") if strategy is None else strategy
        self._strategy: Strategy[Any] | None = None
        self._seed = seed
        self._rng: np.random.Generator | None = None
        self._points: list[dict[str, Any]] = []
        self._evaluated: list[tuple[Any, float]] = []  # told before the strategy was built: architecture, metric value
        self._ledger = TrialLedger()
        self._catches_up = True
        self._looked_for_metric = False
        validate_warmstart([], points_to_evaluate, evaluated_rewards, validate_point_name_lengths=False)
        points = [normal_point(point, self.space) for point in points_to_evaluate or []]
        if evaluated_rewards:
            for point, reward in zip(points, evaluated_rewards, strict=True):
                self.add_evaluated_point(point, reward)
        else:
            self._points = points

    @property
    def metric(self) -> str | None:
        """The metric as Ray and its wrappers want it: they know a mode only beside one, if it is the anonymous one."""
        return DEFAULT_METRIC if self._mode and not self._metric else self._metric

    def set_search_properties(self, metric: str | None, mode: str | None, config: dict[str, Any], **spec: Any) -> bool:
        """Take metric, mode and ``param_space`` from the host; Ray leaves this out when ``param_space`` is empty.

        Returns:
            False when ``param_space`` itself searches over architectures, which is this searcher's work; else True.

        Raises:
            ValueError: ``param_space`` has a grid search, which no searcher can run.
        """
        del spec  # number of samples, stopping criteria: the host's business
        check_objective(metric, mode)
        _, domains, grids = parse_spec_vars(config)
        if grids:
            raise ValueError(
                f"Grid search parameters cannot be automatically converted to a {type(self).__name__} search space."
            )
        decided_here = {ARCHITECTURE, LATENT, *self.space.choices()}
        if any(path[0] in decided_here for path, _ in domains):
            return False
        self._metric = name_or_none(metric) or self._metric
        self._mode = mode or self._mode
        self.param_space = dict(config)
        return True

    def suggest(self, trial_id: str) -> dict[str, Any] | str | None:
        """The configuration of the next trial.

        Returns:
            A configuration, ``None`` while the strategy waits for results, ``Searcher.FINISHED`` when it is exhausted.
        """
        strategy = self._built()
        if self._points:
            point = self._points.pop(0)
            architecture = self.space.parse(point[ARCHITECTURE])
            self._ledger.start(trial_id, architecture, point)
        else:
            point = {}
            try:
                architecture = self._asked(strategy)
            except SearchExhausted as reason:
                logger.info("The search ends: %s", reason)
                finished: str = Searcher.FINISHED
                return finished
            except AskLater:
                return None
            self._ledger.start(trial_id, architecture)
        suggested = {**point, ARCHITECTURE: str(architecture)}
        expected = strategy.prediction(architecture)
        if expected is not None:
            suggested[PREDICTION] = expected
        configuration: dict[str, Any] = merge_dicts(self._drawn(), suggested)
        return configuration

    def _asked(self, strategy: Strategy[Any]) -> Any:
        """What the strategy proposes, if it can without a point that runs already, of which it was not told."""
        running = {point[ARCHITECTURE] for point in self._ledger.points.values()}
        architecture = strategy.ask()
        for _ in running:  # having been asked for one, strategies pass on to others
            if str(architecture) not in running:
                break
            architecture = strategy.ask()
        return architecture

    def on_trial_result(self, trial_id: str, result: dict[str, Any]) -> None:
        """Keep what a trial reported last; it is learned from when the trial ends."""
        self._ledger.report(trial_id, self._values(result))

    def on_trial_complete(self, trial_id: str, result: dict[str, Any] | None = None, error: bool = False) -> None:
        """Tell the strategy how a trial ended; unknown trials are ignored, and second ends unless the first failed."""
        ended = self._ledger.end(trial_id, failed=error)
        if ended is None:
            return
        architecture, last = ended
        values = last if result is None else self._values(result) if result else None
        self._tell(architecture, None if error else values)

    def add_evaluated_point(
        self,
        parameters: dict[str, Any],
        value: float | None,
        error: bool = False,
        pruned: bool = False,
        intermediate_values: list[float] | None = None,
    ) -> None:
        """Learn from a trial run elsewhere.

        Args:
            parameters: Its configuration, with ``"architecture"``, the flat choices, or latent ``"z"``.
            value: Its metric.
            error: The trial failed.
            pruned: It was stopped early; its last value counts like any other.
            intermediate_values: Not used.
        """
        del pruned, intermediate_values
        architecture = architecture_from_config(parameters, self.space)
        number = math.nan if error else number_or_nan(value)
        if self._strategy is None:
            self._evaluated.append((architecture, number))  # the mode may still come, and heavy weights can wait
        else:
            self._strategy.tell(architecture, self._score(number))

    def save(self, checkpoint_path: str) -> None:
        """Write everything the future depends on as one JSON file, atomically, whatever the file is called."""
        write_json(checkpoint_path, self.get_state())

    def restore(self, checkpoint_path: str) -> None:
        """Continue from a saved file; a searcher constructed without arguments will do, but for a space within bounds.

        Raises:
            DamagedFile: The file is missing, or not one that :meth:`save` wrote.
            InvalidState: It was written by another searcher, strategy or format version, or within other bounds.
        """
        if not Path(checkpoint_path).is_file():
            raise DamagedFile(
                f"wanted a saved searcher at {checkpoint_path}, found no file; name the file save() wrote"
            )
        state = read_json(checkpoint_path)
        if not isinstance(state, dict) or state.get("kind") != self._KIND:
            raise DamagedFile(f"wanted a saved searcher in {checkpoint_path}, found something else; name another file")
        self.set_state(state)

    def save_to_dir(self, checkpoint_dir: str, session_str: str = "default") -> None:
        """Save as Ray does it, and keep the state before; a state that cannot be written ends no search."""
        StateFolder(checkpoint_dir, self.CKPT_FILE_TMPL).save(session_str, self.save)

    def restore_from_dir(self, checkpoint_dir: str) -> None:
        """Continue from the newest state in an experiment's folder that is whole, and catch up with its trials.

        A driver that is killed while Ray copies its files leaves the searcher's state and that of the trials some
        events apart. Trials that ended in the meantime are told, suggestions that Ray knows are made again, and those
        that it does not know come next.

        Raises:
            DamagedFile: There is no state, or none that is whole.
            InvalidState: None is of this kind of searcher.
        """
        StateFolder(checkpoint_dir, self.CKPT_FILE_TMPL).restore(self.restore)
        trials = recorded_trials(checkpoint_dir)
        if self._catches_up and trials is not None and not any(REPETITION in trial.config for trial in trials):
            self._catch_up(trials)

    def get_state(self) -> dict[str, Any]:
        """The state as plain data."""
        return {
            "kind": self._KIND,
            "version": self._VERSION,
            "searcher": type(self).__name__,
            **space_state(self.space),
            "metric": self._metric,
            "mode": self._mode,
            "seed": self._seed,
            "options": self._options(),
            "param_space": to_plain(self.param_space),
            "points": self._points,
            "evaluated": [[str(architecture), value] for architecture, value in self._evaluated],
            **self._ledger.state(),
            "generator": None if self._rng is None else generator_state(self._rng),
            "strategy": None if self._strategy is None else self._strategy.state_dict(),
        }

    def set_state(self, state: dict[str, Any]) -> None:
        """Continue from :meth:`get_state`; on an error (``InvalidState``) the searcher is left as it was."""
        check_state(state, kind=self._KIND, version=self._VERSION, searcher=type(self).__name__)
        check_bounds(state, self.space)
        before = dict(self.__dict__)
        try:
            if state["space"] != self.space.name:
                self.space = get_space(state["space"])
            self._set_options(state["options"])
            self._metric, self._mode = name_or_none(state["metric"]) or self._metric, state["mode"] or self._mode
            self._seed = state["seed"]
            self.param_space = self.param_space or from_plain(state["param_space"])
            self._points = [dict(point) for point in state["points"]]
            self._evaluated = [(self.space.parse(text), float(value)) for text, value in state["evaluated"]]
            self._ledger = TrialLedger.from_state(state, self.space)
            self._catches_up = "completed" in state  # states of earlier versions have none
            self._rng = None if state["generator"] is None else generator_from_state(state["generator"])
            self._strategy = None
            if state["strategy"] is not None:
                strategy = self._blank_strategy()
                strategy.load_state_dict(state["strategy"])
                self._strategy = strategy
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            self.__dict__.update(before)
            if isinstance(error, InvalidState):
                raise
            raise InvalidState(
                f"wanted the saved state of a {type(self).__name__}, got a damaged one ({error!r}); start anew"
            ) from error

    def _catch_up(self, trials: Sequence[RecordedTrial]) -> None:
        """Bring the state to where the experiment stands; see :meth:`restore_from_dir`."""
        self._points[:0] = self._ledger.lose({trial.trial_id for trial in trials})
        for trial in trials:
            if trial.trial_id not in self._ledger.pending and trial.trial_id not in self._ledger.completed:
                self._suggest_again(trial)
            if trial.finished or trial.failed:
                self.on_trial_complete(trial.trial_id, dict(trial.result), error=trial.failed)
            else:
                self.on_trial_result(trial.trial_id, dict(trial.result))

    def _suggest_again(self, trial: RecordedTrial) -> None:
        """Make a suggestion that Ray has and the state has not, as it was made if that can be done."""
        architecture = architecture_from_config(trial.config, self.space)
        before = self.get_state()
        suggested = self.suggest(trial.trial_id)
        if not isinstance(suggested, dict) or suggested[ARCHITECTURE] != str(architecture):
            self.set_state(before)  # it came from another order of results, and the strategy might propose it again
            self._ledger.start(trial.trial_id, architecture, {ARCHITECTURE: str(architecture)})

    def _options(self) -> dict[str, Any]:
        """What a named searcher adds to the state: the options of its strategy, as plain data."""
        return {}

    def _set_options(self, options: Mapping[str, Any]) -> None:
        """Take the options back from a saved state."""
        del options

    def _blank_strategy(self) -> Strategy[Any]:
        """A strategy about to load its saved state."""
        return self._factory(self.space, self._seed)

    def _built(self) -> Strategy[Any]:
        """The strategy, built and told what is known by now."""
        if self._strategy is None:
            self._strategy = self._factory(self.space, self._seed)
            for architecture, value in self._evaluated:
                self._strategy.tell(architecture, self._score(value))
            self._evaluated = []
        return self._strategy

    def _drawn(self) -> dict[str, Any]:
        """Values for the domains of ``param_space``."""
        if lost_domains(self.param_space):
            raise InvalidState(
                "wanted the functions of param_space, which a saved searcher cannot hold; pass param_space to "
                "Tuner.restore, or use set_search_properties"
            )
        if not has_domains(self.param_space):
            return {}
        if self._rng is None:
            # Another stream than the strategy's, which starts from the same seed.
            entropy = None if self._seed is None else np.random.SeedSequence(self._seed).spawn(1)[0]
            self._rng = np.random.default_rng(entropy)
        return draw_domains(self.param_space, self._rng)

    def _metrics(self) -> tuple[str, ...]:
        """Names of the results that are read, the first of them that is there where nobody named one."""
        return (DEFAULT_METRIC, METRIC) if self._metric is None else (self._metric,)

    def _values(self, result: Mapping[str, Any]) -> Values:
        return {name: finite_or_none(result[name]) for name in self._metrics() if name in result}

    def _tell(self, architecture: Any, values: Values | None) -> None:
        """Tell the strategy of a trial; without values it failed."""
        if values is not None:
            self._look_for_metric(values)
        value = next(iter((values or {}).values()), None)
        self._built().tell(architecture, self._score(number_or_nan(value)))

    def _look_for_metric(self, values: Values) -> None:
        """Say so, once, where the first result that comes has not what was named, or nothing was named."""
        if self._LEARNS and not self._looked_for_metric:
            self._looked_for_metric = True
            warning = metric_warning(self._metrics(), values, named=self._metric is not None, mode=self._mode)
            if warning is not None:
                logger.warning("%s %s", type(self).__name__, warning)

    def _score(self, value: float) -> float:
        """Strategies maximise, and know nan but no infinities."""
        if not math.isfinite(value):
            return math.nan
        return -value if self._mode == "min" else value
