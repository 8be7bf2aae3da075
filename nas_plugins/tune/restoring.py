"""Restore an experiment of Ray Tune whose driver was killed at any moment."""

import logging
from functools import partial
from pathlib import Path
from typing import Any

from ray import cloudpickle, tune

from nas_plugins.spaces.errors import DamagedFile
from nas_plugins.spaces.files import write_atomically
from nas_plugins.tune.experiment_record import recorded_trials, staging_folder
from nas_plugins.tune.ray_states import STATES, is_whole
from nas_plugins.tune.whole_files import PART, whole_files

logger = logging.getLogger(__name__)

_LIMITER = "name:ConcurrencyLimiter"


def restore(path: str | Path, trainable: Any, **options: Any) -> tune.Tuner:
    """``Tuner.restore``, for an experiment whose saved files may be damaged or of different moments.

    States of Ray that cannot be read are set aside, so that the newest one that can be read is used, and what Ray saved
    of its searcher is made to fit the trials it saved: without that, a driver killed at the wrong moment leaves a
    ``ConcurrencyLimiter`` that waits for trials which have ended, or a wrong count of trials. The searchers of this
    package catch up by themselves.

    To lose no result at all, save after every event (``TUNE_GLOBAL_CHECKPOINT_S=0`` in the environment of the driver;
    Ray's default is every ten seconds or less often) and use :func:`nas_plugins.tune.whole_files` from the start. On a
    cluster that has kept running, connect to it (``ray.init``) before.

    Args:
        path: Folder of the experiment, on a local or mounted disk. Its states are pickled: as with ``Tuner.restore``,
            open those of people you trust.
        trainable: The trainable of the experiment.
        **options: Further arguments of ``Tuner.restore``.

    Raises:
        DamagedFile: No state in the folder can be read.
    """
    folder = Path(path).expanduser().resolve()
    mend(
        folder,
        unfinished=bool(options.get("resume_unfinished", True)),
        errored=bool(options.get("resume_errored", False)),
    )
    tuner: tune.Tuner = tune.Tuner.restore(
        str(folder), trainable=trainable, **({"storage_filesystem": whole_files()} | options)
    )
    return tuner


def mend(folder: Path, *, unfinished: bool = True, errored: bool = False) -> None:
    """Make the saved states of an experiment fit for ``Tuner.restore``.

    Args:
        folder: Of the experiment.
        unfinished: Whether trials that did not end will go on.
        errored: Whether trials that failed will go on, under their names.

    Raises:
        DamagedFile: No state can be read.
    """
    for part in folder.glob(f".*{PART}"):
        part.unlink(missing_ok=True)
    _newest_readable(folder, "experiment_state-*.json")
    _bring_over(staging_folder(folder), folder)
    _newest_readable(folder, "experiment_state-*.json")
    newest = _newest_readable(folder, "search_gen_state-*.json")
    trials = recorded_trials(folder)
    if trials is None:
        raise DamagedFile(f"wanted the saved trials of an experiment in {folder}, could not read them; start anew")
    state = cloudpickle.loads(newest.read_bytes())
    live = {trial.trial_id for trial in trials if not trial.finished and (errored if trial.failed else unfinished)}
    if _fit(state, len(trials), live):
        write_atomically(newest, partial(_write, cloudpickle.dumps(state)))


def _bring_over(staging: Path | None, folder: Path) -> None:
    """Move whole states that were not copied yet to the storage; Ray would mix them with older ones from there."""
    if staging is None or not staging.is_dir():
        return
    for pattern in STATES:
        for path in staging.glob(pattern):
            if is_whole(path):
                write_atomically(folder / path.name, partial(_write, path.read_bytes()))
            path.unlink()


def _write(data: bytes, path: Path) -> None:
    path.write_bytes(data)


def _newest_readable(folder: Path, pattern: str) -> Path:
    for path in sorted(folder.glob(pattern), reverse=True):
        try:
            STATES[pattern](path.read_bytes())
        except Exception as error:  # whatever a damaged pickle or JSON raises
            logger.warning("%s is damaged (%r) and set aside; the state before it is used", path, error)
            path.replace(path.with_name(f"damaged-{path.name}.aside"))
        else:
            return path
    raise DamagedFile(f"wanted a saved experiment in {folder}, found no {pattern} that can be read; start anew")


def _fit(state: dict[str, Any], trials: int, live: set[str]) -> bool:
    """Make Ray's searcher state agree with its trials, all and those that run; whether anything had to change."""
    changed = state.get("counter") != trials
    state["counter"] = trials
    limiter = state.get(_LIMITER)
    if limiter is not None and not limiter["batch"] and limiter["live_trials"] != live:
        changed = True
        limiter["live_trials"], limiter["num_unfinished_live_trials"] = live, len(live)
        limiter["cached_results"] = {}
    return changed
