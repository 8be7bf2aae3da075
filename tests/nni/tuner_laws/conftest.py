"""The laws every tuner obeys that NNI drives, over the catalogue of tuners; no NNI process is started."""

from pathlib import Path

import pytest

from tests.catalogue_fixture import catalogue_fixture
from tests.nni.catalogue import CATALOGUE

entry = catalogue_fixture(CATALOGUE)
"""One tuner of the catalogue."""


@pytest.fixture
def checkpoints(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The checkpoint folder of an experiment, as NNI announces it."""
    folder = tmp_path / "experiment" / "checkpoint"
    folder.mkdir(parents=True)
    monkeypatch.setenv("NNI_CHECKPOINT_DIRECTORY", str(folder))
    return folder
