"""NNI's tuner over any search strategy: it translates and delegates, and searches nothing itself."""

import logging
import math
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import nni
import numpy as np
from nni.tuner import Tuner

from nas_plugins.evaluation.trial_config import ARCHITECTURE, PREDICTION, architecture_from_config
from nas_plugins.nni.domains import Domains
from nas_plugins.nni.ledger import Ledger
from nas_plugins.nni.manager import earlier_trials, give_up, limit_trials
from nas_plugins.nni.metric import DEFAULT, read_value
from nas_plugins.spaces import get_space
from nas_plugins.spaces.errors import (
    AskLater,
    DamagedFile,
    InvalidArchitecture,
    InvalidArgument,
    InvalidState,
    SearchExhausted,
)
from nas_plugins.spaces.files import read_json, write_json
from nas_plugins.spaces.space import SearchSpace
from nas_plugins.strategies.strategy import (
    Strategy,
    check_state,
    generator_from_state,
    generator_state,
    space_state,
)
from nas_plugins.strategy_factory import StrategyFactory, strategy_factory

if TYPE_CHECKING:
    from nas_plugins.datasets import ImageDataset

logger = logging.getLogger(__name__)

OPTIMIZE_MODES = ("maximize", "minimize")
STATE_FILE = "nas_plugins.json"
"""What a tuner writes into NNI's checkpoint folder of the experiment."""


class StrategyTuner(Tuner):
    """Lets NNI run any :class:`nas_plugins.strategies.Strategy`.

    The parameters of a trial are ``{"architecture": "<canonical string>"}``, with ``"predicted_accuracy"`` where the
    strategy expects one, with the flat choices where the search space file names them, and with a random value for
    every other entry of the file. A trial's final result says which architecture it belongs to
    (:func:`nas_plugins.nni.final_result`; our trials do): NNI itself confuses the parameters of trials that run at
    once. A plain number is taken for the architecture of the parameters that the trial itself says it got.

    The state is saved into the experiment's checkpoint folder, atomically, before any parameters leave and after every
    result. A resumed experiment continues from there; what NNI has on record beyond it is learned too, and
    architectures that were handed out and that NNI will not run again are handed out anew. Where there is no state, or
    a damaged one, NNI's record alone is learned. An experiment with nothing left to propose ends by itself.

    Args:
        strategy: Name of a strategy (``"default"``, ``"bayesian"``, ``"metad2a+dngo"`` ...), or what builds one from
            space and seed.
        space: Search space, or its name.
        optimize_mode: ``"maximize"`` or ``"minimize"``.
        metric: The entry of a result that counts, where results are dictionaries.
        seed: Seed of the strategy and of other entries; ``None`` takes fresh entropy.
        dataset: Name or path of the images, or the dataset itself, for strategies that look at any. NNI starts tuners
            in a folder of its own: let paths be absolute.

    Raises:
        InvalidArgument: No such strategy, space or mode; a dataset for a strategy that looks at none.
    """

    _KIND = "nas_plugins tuner"
    _VERSION = 1

    def __init__(
        self,
        strategy: str | StrategyFactory = "default",
        space: str | SearchSpace[Any] = "nasbench201",
        *,
        optimize_mode: str = "maximize",
        metric: str = DEFAULT,
        seed: int | None = None,
        dataset: "str | Path | ImageDataset | None" = None,
    ) -> None:
        super().__init__()
        if optimize_mode not in OPTIMIZE_MODES:
            raise InvalidArgument(f"wanted optimize_mode out of {', '.join(OPTIMIZE_MODES)}, got {optimize_mode!r}")
        if seed is not None and (not isinstance(seed, int) or isinstance(seed, bool) or seed < 0):
            raise InvalidArgument(f"wanted a seed that is a whole number of at least 0, got {seed!r}")
        if not isinstance(metric, str):
            raise InvalidArgument(f"wanted the name of one metric, got {metric!r}")
        self.space: SearchSpace[Any] = get_space(space)
        self._factory = strategy_factory(strategy, dataset)
        self._without_images = strategy_factory(strategy)
        self._sign = 1 if optimize_mode == "maximize" else -1
        self._metric = metric
        self._seed = seed
        entropy = None if seed is None else np.random.SeedSequence(seed).spawn(1)[0]  # not the strategy's own stream
        self._rng = np.random.default_rng(entropy)
        self._domains = Domains(None, self.space)
        self._strategy: Strategy[Any] | None = None
        self._ledger: Ledger[Any] = Ledger(self.space)
        self._again: list[Any] = []  # to be handed out anew, before the strategy is asked
        self._owed: list[int] = []  # requests that wait for results
        self._send: Callable[[int, dict[str, Any]], None] | None = None
        self._earlier = 0  # trials submitted before a restart
        self._warned_of_echo = False
        self._lock = threading.RLock()  # NNI calls trial_end from a thread of its own
        self._accept_customized_trials()

    def update_search_space(self, search_space: Any) -> None:
        """Take the entries beside the architecture; later changes hold for the trials to come."""
        with self._held():
            self._domains = Domains(search_space, self.space)

    def generate_parameters(self, parameter_id: int, **kwargs: Any) -> dict[str, Any]:
        """Parameters of one trial.

        Raises:
            NoMoreTrialError: Nothing is left to propose, or nothing before more results arrive.
        """
        del kwargs
        with self._held():
            try:
                parameters = self._next(parameter_id)
            except (SearchExhausted, AskLater) as reason:
                raise nni.NoMoreTrialError(str(reason)) from reason
            self._save()
            return parameters

    def generate_multiple_parameters(self, parameter_id_list: list[int], **kwargs: Any) -> list[dict[str, Any]]:
        """Parameters of several trials.

        Returns:
            Fewer than asked for when nothing is left to propose, or when the strategy waits for results; then the rest
            follows by itself, with the results.
        """
        with self._held():
            self._send = kwargs.get("st_callback") or self._send
            parameters: list[dict[str, Any]] = []
            for position, parameter_id in enumerate(parameter_id_list):
                try:
                    parameters.append(self._next(parameter_id))
                except AskLater:
                    self._owed += parameter_id_list[position:]
                    break
                except SearchExhausted as reason:
                    logger.info("The search ends: %s", reason)
                    limit_trials(self._earlier + len(self._ledger.submitted))
                    break
            self._save()
            return parameters

    def receive_trial_result(self, parameter_id: int, parameters: Any, value: Any, **kwargs: Any) -> None:
        """Tell the strategy a result, of the architecture that the result names."""
        with self._held():
            architecture = self._echoed(value)
            if architecture is None and not kwargs.get("customized"):
                architecture = self._ledger.submitted.get(parameter_id)
            if architecture is None:
                architecture = self._read(parameters)
            if architecture is not None:
                self._tell(architecture, value, parameter_id=parameter_id, job=kwargs.get("trial_job_id"))
                self._serve()
            self._save()

    def trial_end(self, parameter_id: int, success: bool, **kwargs: Any) -> None:
        """Count that a trial ended. NNI may name another trial's parameters here, and call that a success or a failure.

        What can be concluded is, when the next parameters are asked for; see :class:`nas_plugins.nni.ledger.Ledger`.
        """
        del success, kwargs
        with self._held():
            self._ledger.end(parameter_id)

    def import_data(self, data: Any) -> None:
        """Learn from trials on record: NNI's own when an experiment is resumed, or a user's file.

        NNI pairs its records with parameters by mistake when trials run at once. Those of its trials that do not name
        their architecture are passed over, with a warning.
        """
        with self._held():
            for entry in data if isinstance(data, list) else []:
                if not isinstance(entry, dict):
                    logger.warning("wanted entries with 'parameter' and 'value' to import, got %r; passed over", entry)
                    continue
                value, job = entry.get("value"), entry.get("trialJobId")
                if job is not None and job in self._ledger.jobs:
                    continue
                architecture = self._echoed(value)
                if architecture is None and job is None:
                    architecture = self._read(entry.get("parameter"))
                elif architecture is None:
                    self._warn_of_echo()
                if architecture is not None:
                    self._tell(architecture, value, job=job)
            self._save()

    def load_checkpoint(self) -> None:
        """Continue where the experiment was when it was stopped or killed."""
        folder = self.get_checkpoint_path()
        if folder is None:
            return
        with self._held():
            try:
                if (Path(folder) / STATE_FILE).is_file():
                    self.set_state(read_json(Path(folder) / STATE_FILE))
            except (DamagedFile, InvalidState) as error:
                logger.warning(
                    "the tuner's state cannot be used; NNI's record of results is learned instead: %s", error
                )
            earlier = earlier_trials(Path(folder).parent)
            self._earlier = earlier.submitted
            scheduled = [self._read(parameters) for parameters in earlier.again]
            self._again += self._ledger.take_unscheduled(a for a in scheduled if a is not None)

    def save_checkpoint(self) -> None:
        """Write the state; it is written after every change anyway, because NNI never calls this."""
        with self._held():
            self._save()

    def get_state(self) -> dict[str, Any]:
        """The state as plain data."""
        return {
            "kind": self._KIND,
            "version": self._VERSION,
            "tuner": type(self).__name__,
            **space_state(self.space),
            "seed": self._seed,
            "generator": generator_state(self._rng),
            "ledger": self._ledger.state_dict(),
            "again": [str(architecture) for architecture in self._again],
            "strategy": None if self._strategy is None else self._strategy.state_dict(),
        }

    def set_state(self, state: Any) -> None:
        """Continue from :meth:`get_state`; on an error the tuner is left as it was.

        Raises:
            InvalidState: The state is damaged, or of another tuner, space, bounds or format version.
        """
        check_state(state, kind=self._KIND, version=self._VERSION, tuner=type(self).__name__, **space_state(self.space))
        before = dict(self.__dict__)
        try:
            self._seed = state["seed"]
            self._rng = generator_from_state(state["generator"])
            self._ledger = Ledger.from_state(self.space, state["ledger"])
            self._again = [self.space.parse(text) for text in state["again"]]
            self._strategy = None
            if state["strategy"] is not None:
                strategy = self._blank_strategy()
                strategy.load_state_dict(state["strategy"])
                self._strategy = strategy
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            self.__dict__.update(before)
            raise InvalidState(f"wanted the saved state of a {type(self).__name__}, got {error!r}") from error

    def _blank_strategy(self) -> Strategy[Any]:
        """A strategy about to load its saved state, which needs no images: they may be elsewhere by now."""
        return self._without_images(self.space, self._seed)

    def _built(self) -> Strategy[Any]:
        if self._strategy is None:
            self._strategy = self._factory(self.space, self._seed)
        return self._strategy

    def _next(self, parameter_id: int) -> dict[str, Any]:
        strategy = self._built()
        for lost in self._ledger.take_lost():
            logger.info("no result came of %s: its trial failed", lost)
            strategy.tell(lost, math.nan)
        architecture = self._again.pop(0) if self._again else strategy.ask()
        self._ledger.submit(parameter_id, architecture)
        parameters = self._domains.draw(self._rng)
        if self._domains.has_choices:
            parameters |= self.space.to_choices(architecture)
        parameters[ARCHITECTURE] = str(architecture)
        expected = strategy.prediction(architecture)
        if expected is not None:
            parameters[PREDICTION] = expected
        return parameters

    def _serve(self) -> None:
        """Send the parameters that are owed since the strategy had to wait."""
        while self._owed and self._send is not None:
            try:
                parameters = self._next(self._owed[0])
            except AskLater:
                return
            except SearchExhausted:
                self._owed = []
                limit_trials(self._earlier + len(self._ledger.submitted))
                return
            self._save()
            self._send(self._owed.pop(0), parameters)

    def _tell(self, architecture: Any, value: Any, *, parameter_id: int | None = None, job: str | None = None) -> None:
        self._ledger.answer(architecture, parameter_id=parameter_id, job=job)
        self._built().tell(architecture, self._sign * read_value(value, self._metric))

    def _echoed(self, value: Any) -> Any | None:
        """The architecture a result names, if it names one of this space."""
        return self._read(value) if isinstance(value, dict) and ARCHITECTURE in value else None

    def _read(self, parameters: Any) -> Any | None:
        if not isinstance(parameters, dict):
            return None
        try:
            return architecture_from_config(parameters, self.space)
        except InvalidArchitecture as error:
            logger.warning("a result is passed over: %s", error)
            return None

    def _warn_of_echo(self) -> None:
        if not self._warned_of_echo:
            self._warned_of_echo = True
            logger.warning(
                "results that do not name their architecture are passed over: NNI may have paired them with the "
                "parameters of other trials; let trials report nas_plugins.nni.final_result(architecture, value)"
            )

    def _save(self) -> None:
        folder = self.get_checkpoint_path()
        if folder is None:
            return
        try:
            write_json(Path(folder) / STATE_FILE, self.get_state())
        except OSError as error:  # a full disk shall not end a search; the earlier state stands
            logger.warning("the tuner's state cannot be saved in %s: %s", folder, error)

    @contextmanager
    def _held(self) -> Iterator[None]:
        """One call at a time; and an error that nobody foresaw ends the dispatcher where NNI can see it."""
        with self._lock:
            try:
                yield
            except nni.NoMoreTrialError:
                raise
            except Exception as error:
                logger.exception("the tuner gives up: %s", error)
                print(f"nas_plugins tuner: {error}", file=sys.stderr, flush=True)  # NNI keeps it in nnictl_stderr.log
                give_up()
                raise
