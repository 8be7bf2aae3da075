"""Collecting on Ray: what is recorded stays, what was killed goes on."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from nas_plugins.strategies.metad2a.training_records import TrainingRecords

pytestmark = pytest.mark.xdist_group("ray")

OPTIONS = ("--plain", "--most-images", "60", "--passes", "60", "--least-epochs", "1", "--image-size", "8", "--uniform")


def start(path: Path, trainings: int) -> "subprocess.Popen[bytes]":
    command = [
        str(Path(sys.executable).with_name("nas-plugins")),
        "collect",
        "digits",
        "--records",
        str(path),
        *OPTIONS,
    ]
    return subprocess.Popen(
        [*command, "--trainings", str(trainings)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


@pytest.mark.parametrize("sent", [signal.SIGKILL, signal.SIGINT])
def test_a_killed_collection_loses_and_doubles_nothing(sent: signal.Signals, tmp_path: Path) -> None:
    """SIGKILL or Ctrl-C amid a run: what was on record stays first, and the next run ends with every training once."""
    path = tmp_path / "records.parquet"
    run = start(path, 24)
    deadline = time.monotonic() + 300  # a busy machine takes minutes to start Ray and a training
    while not (path.exists() and len(TrainingRecords.load(path)) >= 2) and time.monotonic() < deadline:
        time.sleep(0.1)
    if sent == signal.SIGKILL:
        os.killpg(run.pid, sent)
        run.wait()
    else:
        run.send_signal(sent)
        assert run.wait(timeout=180) == 130
    before = list(TrainingRecords.load(path))

    assert start(path, 24).wait(timeout=180) == 0
    after = list(TrainingRecords.load(path))
    assert 2 <= len(before) < 24
    assert after[: len(before)] == before
    assert len(after) == len({record.key for record in after}) == 24
