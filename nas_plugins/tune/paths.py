"""Paths in a trial's configuration mean what they mean where the search was started."""

import os
from collections.abc import Collection
from pathlib import Path


def from_the_start(name_or_path: str | Path, built_in: Collection[str]) -> str | Path:
    """A relative path made absolute with the folder a Ray worker was started in.

    Ray runs each trial in a folder of its own, where the relative path of whoever started the search leads nowhere.

    Args:
        name_or_path: What the configuration says.
        built_in: Names that are no paths, whatever files there are.

    Returns:
        The absolute path, or the argument as it came: a built-in name, an absolute path, or outside of a trial.
    """
    start = os.environ.get("TUNE_ORIG_WORKING_DIR")  # set by Ray before it changes the folder
    if start is None or name_or_path in built_in:
        return name_or_path
    path = Path(name_or_path).expanduser()
    return path if path.is_absolute() else Path(start) / path
