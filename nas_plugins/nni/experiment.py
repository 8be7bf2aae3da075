"""Run an NNI experiment from Python to its end, on loopback, and leave no process behind."""

import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from nni.experiment import Experiment, ExperimentConfig

from nas_plugins.evaluation.trial_config import ARCHITECTURE
from nas_plugins.nni.metric import DEFAULT, ERROR, read_hyperparameters, read_value
from nas_plugins.spaces.errors import InvalidArgument, NasPluginsError

LOOPBACK = Path(__file__).parent / "loopback.cjs"
"""A few lines for Node.js that keep NNI's server to 127.0.0.1."""

_POLL = 0.5  # seconds
_FINISHED = ("DONE", "STOPPED")


class ExperimentFailed(NasPluginsError):
    """NNI gave an experiment up; the message says where its logs are."""


@dataclass(frozen=True)
class TrialRecord:
    """What came out of one trial.

    Args:
        job: NNI's id of the trial.
        architecture: What the trial says it evaluated; ``None`` where it says nothing.
        value: Its metric, nan where it failed.
        error: Why it failed, where it says so; a trial that says nothing at its end has no record.
        hyperparameters: What else it was given, such as a learning rate; NNI's own record may show another trial's.
    """

    job: str
    architecture: str | None
    value: float
    error: str | None = None
    hyperparameters: dict[str, Any] = field(default_factory=dict)


@contextmanager
def kept_to_loopback() -> Iterator[None]:
    """Let NNI servers that are started within listen on 127.0.0.1 only.

    NNI's server listens on every interface, without a password, and runs what it is told. Only for experiments whose
    trials run on this machine: others must reach the server.
    """
    before = os.environ.get("NODE_OPTIONS")
    os.environ["NODE_OPTIONS"] = " ".join(filter(None, [before, f'--require "{LOOPBACK}"']))
    try:
        yield
    finally:
        if before is None:
            del os.environ["NODE_OPTIONS"]
        else:
            os.environ["NODE_OPTIONS"] = before


def run_experiment(
    config: str | Path | ExperimentConfig,
    *,
    port: int = 8080,
    resume: str | None = None,
    timeout: float | None = None,
) -> list[TrialRecord]:
    """Run an experiment to its end and stop NNI's server.

    Args:
        config: A configuration, or the file that holds one.
        port: Where the server listens, on 127.0.0.1.
        resume: Id of an earlier experiment of this configuration that was stopped or killed, to go on with.
        timeout: Seconds after which the experiment is stopped, finished or not; without, it takes its time.

    Returns:
        The trials that reported a final result, in the order in which NNI lists them.

    Raises:
        InvalidArgument: There is no such file, or NNI refuses what is in it.
        ExperimentFailed: NNI gave the experiment up.
    """
    if not isinstance(config, ExperimentConfig):
        config = _load(Path(config))
    experiment = Experiment(config, id=resume)
    try:
        with kept_to_loopback():
            if resume is None:
                experiment.start(port)
            else:
                experiment.resume(port, wait_completion=False)
        _wait(experiment, None if timeout is None else time.monotonic() + timeout)
        return [_record(result) for result in experiment.export_data()]
    finally:
        experiment.stop()


def best_trial(records: list[TrialRecord], optimize_mode: str = "maximize") -> TrialRecord | None:
    """The record with the best finite metric; ``None`` where there is none."""
    sign = 1 if optimize_mode == "maximize" else -1
    finite = [record for record in records if record.value == record.value]  # nan differs from itself
    return max(finite, key=lambda record: sign * record.value, default=None)


def _load(path: Path) -> ExperimentConfig:
    if not path.is_file():
        raise InvalidArgument(f"wanted the configuration of an NNI experiment at {path}, found no file")
    try:
        config: ExperimentConfig = ExperimentConfig.load(path)
        config.canonical_copy()
    except (ValueError, TypeError, AttributeError, AssertionError, KeyError, OSError) as error:
        # NNI says nothing where an entry is missing.
        what = str(error) or "an entry is missing, such as codeDirectory beside className"
        raise InvalidArgument(f"wanted the configuration of an NNI experiment in {path}: {what}") from error
    return config


def _wait(experiment: Experiment, until: float | None) -> None:
    while until is None or time.monotonic() < until:
        status = experiment.get_status()
        if status in _FINISHED:
            return
        if status == "ERROR":
            folder = Path(experiment.get_experiment_profile()["logDir"]) / "log"
            raise ExperimentFailed(f"wanted an experiment that ends, NNI gave {experiment.id} up; see {folder}")
        time.sleep(_POLL)


def _record(result: Any) -> TrialRecord:
    value = result.value
    if isinstance(value, str):
        value = json.loads(value)
    named = value if isinstance(value, dict) else {}
    return TrialRecord(
        result.trialJobId,
        named.get(ARCHITECTURE),
        read_value(value, DEFAULT),
        named.get(ERROR),
        read_hyperparameters(named),
    )
