"""A searcher's state in the folder of an experiment: the newest, and the one before it."""

import contextlib
import logging
import os
from collections.abc import Callable, Iterator
from pathlib import Path

from nas_plugins.spaces.errors import DamagedFile, InvalidState

logger = logging.getLogger(__name__)

_BEFORE = "previous-"  # Ray looks for files that begin with the name of a state, and copies all that end like it


class StateFolder:
    """Keeps one state per session of Ray, and its predecessor, so that damage to one file is no end.

    Args:
        folder: The folder in which Ray saves an experiment.
        template: Ray's name for the state of a session, with ``{}`` for the session.
    """

    def __init__(self, folder: str | Path, template: str) -> None:
        self._folder = Path(folder)
        self._template = template

    def save(self, session: str, write: Callable[[str], object]) -> bool:
        """Save the state of a session, and keep the one it replaces.

        A state that cannot be written (a full disk, no permission) leaves the last good one where it is: a search of
        days shall not end for it. A warning tells of it.

        Args:
            session: Ray's name of the session; later ones sort behind earlier ones.
            write: Writes a state to a path, atomically.

        Returns:
            Whether the state was saved.
        """
        path = self._folder / self._template.format(session)
        spare = self._folder / f".{_BEFORE}{path.name}"
        try:
            if path.exists():
                spare.unlink(missing_ok=True)
                os.link(path, spare)  # no second copy, and no moment without a state
            write(str(path))
            if spare.exists():
                spare.replace(self._folder / f"{_BEFORE}{path.name}")
        except OSError as error:
            logger.warning("The state of the search could not be saved to %s (%s); the last one stays", path, error)
            with contextlib.suppress(OSError):
                spare.unlink(missing_ok=True)
            return False
        return True

    def restore(self, read: Callable[[str], object]) -> Path:
        """Read the newest state that is whole.

        Args:
            read: Reads a state from a path; raises :class:`DamagedFile` or :class:`InvalidState` where it cannot.

        Returns:
            The file it was read from.

        Raises:
            DamagedFile: There is no state, or none that is whole; what is wrong with the newest.
            InvalidState: The newest state is not this searcher's, nor is any other.
        """
        first: DamagedFile | InvalidState | None = None
        for path in self._newest_first():
            try:
                read(str(path))
            except (DamagedFile, InvalidState) as error:
                logger.warning("%s", error)
                first = first or error
            else:
                if first is not None:
                    logger.warning("The search goes on from the state before, %s", path)
                return path
        raise first or DamagedFile(
            f"wanted a saved searcher in {self._folder}, found none; name the folder of an experiment"
        )

    def _newest_first(self) -> Iterator[Path]:
        for path in sorted(self._folder.glob(self._template.format("*")), reverse=True):
            yield path
            before = path.with_name(f"{_BEFORE}{path.name}")
            if before.exists():
                yield before
