"""The fixture by which a law is asked of everything in a catalogue."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

import pytest


class Named(Protocol):
    """What every catalogue has."""

    @property
    def name(self) -> str:
        """What the test report calls it."""

    @property
    def needs(self) -> Path | None:
        """A file without which its laws are skipped."""


def catalogue_fixture(catalogue: Sequence[Named]) -> Any:
    """A fixture of each entry in turn; skipped where the trained weights that one needs are absent."""

    @pytest.fixture(params=catalogue, ids=lambda entry: entry.name)
    def entry(request: pytest.FixtureRequest) -> Named:
        found: Named = request.param
        if found.needs is not None and not found.needs.is_file():
            pytest.skip(f"needs the trained weights {found.needs.name}")
        return found

    return entry
