"""What a tuner must ask of NNI's manager process behind the tuner interface, which has no words for it."""

import json
import logging
import os
import sqlite3
import urllib.error
import urllib.request
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

logger = logging.getLogger(__name__)

_CHANNEL = "NNI_TUNER_COMMAND_CHANNEL"  # set by the manager: ws://localhost:PORT[/PREFIX]/tuner
_RUNS_AGAIN = ("WAITING", "RUNNING")  # status of the trials that a resumed manager submits again
_STATUS = (*_RUNS_AGAIN, "SUCCEEDED", "FAILED", "USER_CANCELED", "SYS_CANCELED", "EARLY_STOPPED", "UNKNOWN")
_TIMEOUT = 10  # seconds


@dataclass(frozen=True)
class EarlierTrials:
    """The trials of an experiment before it was resumed.

    Args:
        submitted: How many there were.
        again: Parameters of those that had not ended, which the manager runs again by itself.
    """

    submitted: int = 0
    again: list[Any] = field(default_factory=list)


def earlier_trials(experiment: Path) -> EarlierTrials:
    """Read NNI's own database.

    Args:
        experiment: Folder of the experiment, which holds ``db/nni.sqlite``.

    Returns:
        The trials; none where the database cannot be read, with a warning.
    """
    database = experiment / "db" / "nni.sqlite"
    try:
        with closing(
            sqlite3.connect(f"{database.resolve().as_uri()}?mode=ro", uri=True, timeout=_TIMEOUT)
        ) as connection:
            rows = connection.execute("SELECT trialJobId, event, data FROM TrialJobEvent ORDER BY rowid").fetchall()
        status: dict[str, str] = {}
        parameters: dict[str, Any] = {}
        for job, event, data in rows:
            if job and event in _STATUS:
                status[job] = event
                if data:
                    parameters[job] = json.loads(data).get("parameters")
    except (sqlite3.Error, ValueError, AttributeError) as error:
        logger.warning("cannot read %s (%s): trials that had not ended are handed out anew", database, error)
        return EarlierTrials()
    again = [parameters[job] for job, event in status.items() if event in _RUNS_AGAIN and job in parameters]
    return EarlierTrials(len(status), again)


def limit_trials(number: int) -> None:
    """Lower the experiment's maximum number of trials, so that it ends when they have.

    NNI ends an experiment only at its maximum of trials or duration; a tuner that has nothing left to propose leaves it
    waiting for ever (microsoft/nni issue 3859). Without a manager, as in tests, this does nothing.

    Args:
        number: Trials in all, those before a restart included.
    """
    channel = os.environ.get(_CHANNEL)
    if not channel:
        return
    url = f"http{channel.removeprefix('ws').removesuffix('/tuner')}/api/v1/nni/experiment"
    try:
        with urllib.request.urlopen(url, timeout=_TIMEOUT) as response:
            profile = json.load(response)
        limit = profile["params"].get("maxTrialNumber")
        if limit is not None and limit <= number:
            return
        profile["params"]["maxTrialNumber"] = number
        request = urllib.request.Request(
            f"{url}?update_type=MAX_TRIAL_NUM",
            data=json.dumps(profile).encode(),
            headers={"Content-Type": "application/json"},
            method="PUT",
        )
        urllib.request.urlopen(request, timeout=_TIMEOUT).close()
    except (urllib.error.URLError, OSError, ValueError, KeyError) as error:
        logger.warning("cannot end the experiment (%s): nothing is left to propose; stop it by `nnictl stop`", error)


def give_up() -> None:
    """End the dispatcher process at once, so that NNI shows the experiment as failed.

    An exception in a tuner's method otherwise ends the dispatcher quietly, and the experiment stays "running" without
    ever starting another trial. Outside a dispatcher this does nothing.
    """
    if os.environ.get(_CHANNEL) and os.environ.get("SDK_PROCESS") == "dispatcher":
        logging.shutdown()
        os._exit(1)
