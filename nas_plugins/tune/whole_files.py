"""Storage for Ray on a local or mounted disk whose files are whole or absent."""

import contextlib
import io
import uuid
from pathlib import Path
from typing import Any

import pyarrow.fs
from fsspec.implementations.local import LocalFileSystem

from nas_plugins.tune.ray_states import is_whole

PART = ".part"
"""How the names of unfinished files end."""


def whole_files() -> pyarrow.fs.PyFileSystem:
    """A file system for ``RunConfig(storage_filesystem=whole_files(), storage_path="/absolute/folder")``.

    Ray copies the state of an experiment to its storage file by file, in place: a driver that is killed at that moment,
    or a full disk, leaves files cut off, from which ``Tuner.restore`` cannot go on. With this file system every file is
    the old one or the new one. Ray also copies a state while it is writing the next one to the same place; such a half
    state is left out, and the whole one before it stays.
    """
    return pyarrow.fs.PyFileSystem(pyarrow.fs.FSSpecHandler(WholeLocalFiles(auto_mkdir=True)))


class WholeLocalFiles(LocalFileSystem):
    """fsspec's local file system, with files that appear when they are complete."""

    def _open(self, path: str, mode: str = "rb", block_size: int | None = None, **options: Any) -> Any:
        if mode != "wb":
            return super()._open(path, mode, block_size, **options)
        target = Path(self._strip_protocol(path))
        target.parent.mkdir(parents=True, exist_ok=True)
        return _WholeFile(target)


class _WholeFile(io.FileIO):
    """Written beside its place, and moved there by closing it, unless a write has failed."""

    def __init__(self, target: Path) -> None:
        self._target = target
        self._part = target.with_name(f".{target.name}-{uuid.uuid4().hex}{PART}")
        self._failed = False
        super().__init__(self._part, "w")

    def write(self, data: Any, /) -> int:
        """Write all of the data; a failure stays known."""
        try:
            rest = memoryview(data).cast("B")
            while len(rest):
                rest = rest[super().write(rest) :]
        except OSError:
            self._failed = True
            raise
        return memoryview(data).nbytes

    def close(self) -> None:
        """Put the file in its place, or remove it where it is not whole, or is half a state of Ray."""
        if self.closed:
            return
        super().close()
        if self._failed or not is_whole(self._part, self._target.name):
            with contextlib.suppress(OSError):
                self._part.unlink()
        else:
            self._part.replace(self._target)
