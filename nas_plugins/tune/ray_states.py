"""The files in which Ray saves an experiment, and how to see that one is whole."""

import json
from collections.abc import Callable
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

from ray import cloudpickle

STATES: dict[str, Callable[[bytes], Any]] = {
    "experiment_state-*.json": lambda data: json.loads(data)["trial_data"][0],
    "search_gen_state-*.json": lambda data: cloudpickle.loads(data)["counter"],
    "searcher-state-*.pkl": lambda data: data[0],  # anyone's searcher; its format is its own
}
"""What Ray saves, newest name last; each reader raises something where a file is cut short."""


def is_whole(path: Path, name: str | None = None) -> bool:
    """Whether a file is a whole state of Ray; files of other names are not read, and pass.

    Args:
        path: The file; it is unpickled, so it must be one's own.
        name: What it is to be called, where that is not its name yet.
    """
    read = next((read for pattern, read in STATES.items() if fnmatch(name or path.name, pattern)), None)
    try:
        if read is not None:
            read(path.read_bytes())
    except Exception:  # whatever a damaged pickle or JSON raises
        return False
    return True
