"""A folder of pictures."""

from pathlib import Path

import pytest

from tests.datasets.making import paint


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two class folders, three and two pictures."""
    for name, count in (("cat", 3), ("dog", 2)):
        for number in range(count):
            paint(tmp_path / "pets" / name / f"{number}.png", (number, 100, 200))
    return tmp_path / "pets"
