"""What Ray Tune saved of the trials of an experiment, for a searcher that restores beside it."""

import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import ray
from ray.tune.experiment import Trial
from ray.tune.search import Searcher
from ray.tune.utils import flatten_dict

from nas_plugins.spaces.errors import DamagedFile
from nas_plugins.spaces.files import read_json

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class RecordedTrial:
    """One trial of a saved experiment.

    Args:
        trial_id: Ray's name of it.
        config: Its configuration.
        result: The last result it reported, flat (``"eval/accuracy"``) as Ray hands it to searchers, empty without one.
        finished: It ended well; it will not run again.
        failed: It ended with an error; it will run again only with ``resume_errored``.
    """

    trial_id: str
    config: Mapping[str, Any]
    result: Mapping[str, Any]
    finished: bool
    failed: bool = False


def recorded_trials(folder: str | Path) -> list[RecordedTrial] | None:
    """Read the newest saved state of an experiment.

    Args:
        folder: Where Ray restores an experiment from.

    Returns:
        The trials in the order in which Ray got them; ``None`` where there is no state that can be read, which is for
        Ray to complain about.
    """
    trials = _newest_trials(Path(folder))
    if trials is None:
        return None
    return [
        RecordedTrial(
            trial.trial_id,
            trial.config,
            flatten_dict(trial.last_result or {}),
            finished=trial.status == Trial.TERMINATED,
            failed=trial.status == Trial.ERROR,
        )
        for trial in trials
    ]


def completed_trials(folder: str | Path) -> frozenset[str]:
    """Names of the trials that ended well, as a searcher of this package wrote them down last; none without its state.

    Args:
        folder: Of the experiment; one that is not on a local disk has nothing to read.
    """
    files = sorted(Path(folder).glob(Searcher.CKPT_FILE_TMPL.format("*")))
    if not files:
        return frozenset()
    try:
        state = read_json(files[-1])
        return frozenset(state["completed"]) - frozenset(state["failed"])
    except (DamagedFile, KeyError, TypeError):  # other searchers, and earlier versions of ours, wrote something else
        return frozenset()


def staging_folder(folder: str | Path) -> Path | None:
    """Where the driver of an experiment keeps its states before they are copied to the storage.

    A driver restored in the same session of Ray, as on a cluster that keeps running, uses the folder again.

    Args:
        folder: Of the experiment, in the storage.

    Returns:
        The folder, which need not be there; ``None`` without a running Ray or a readable state.
    """
    if not ray.is_initialized():
        return None
    trials = _newest_trials(Path(folder))
    return Path(trials[0].storage.experiment_driver_staging_path) if trials else None


def _newest_trials(folder: Path) -> list[Trial] | None:
    files = sorted(folder.glob("experiment_state-*.json"))
    if not files:
        return None
    try:
        saved = json.loads(files[-1].read_text(encoding="utf-8"))["trial_data"]
        trials = []
        for state, metadata in saved:
            trial = Trial.from_json_state(state, stub=True)
            trial.restore_run_metadata(metadata)
            trials.append(trial)
    except Exception as error:  # Ray's format is Ray's own; without it the searcher trusts its own state
        logger.warning("The trials saved in %s could not be read (%r)", files[-1], error)
        return None
    return trials
