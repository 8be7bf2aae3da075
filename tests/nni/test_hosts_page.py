"""The experiment by hand of docs/hosts.md, word for word, on real NNI."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from nas_plugins.evaluation import load_benchmark
from tests.nni.live import ATTEMPTS, PATIENCE, ROOT, Live, listening_addresses

pytestmark = pytest.mark.xdist_group("nni")

FILES = {"yaml": "config.yml", "json": "search_space.json", "python": "trial/trial.py"}


@pytest.fixture
def live(tmp_path: Path) -> Iterator[Live]:
    """A place for the experiment; whatever is left of it is killed."""
    live = Live(tmp_path)
    yield live
    live.kill()


def section() -> str:
    """What the page says from the first file to the command that stops the server."""
    page = (ROOT / "docs" / "hosts.md").read_text(encoding="utf-8")
    return page[page.index("An experiment by hand") : page.index("NNI prints the `ID`")]


def test_the_experiment_by_hand_runs_the_first_time(live: Live) -> None:
    """Three files and the command as they stand there: six trials, results of the table, 127.0.0.1 only."""
    blocks = dict(re.findall(r"```(\w+)\n(.*?)```", section(), re.DOTALL))
    for kind, name in FILES.items():
        (live.folder / name).parent.mkdir(exist_ok=True)
        (live.folder / name).write_text(blocks[kind])
    create, stop = (line.removeprefix("$ ") for line in blocks["console"].splitlines())
    binaries = str(Path(sys.executable).parent)  # an environment that is active
    environment = live.environment | {"PATH": os.pathsep.join([binaries, os.environ["PATH"]])}
    del environment["NODE_OPTIONS"]  # the command has its own

    def shell(command: str) -> None:
        done = subprocess.run(
            ["bash", "-c", command.replace("8080", str(live.port))],
            cwd=live.folder,
            env=environment,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
        assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]

    for _ in range(ATTEMPTS):  # NNI gives a tuner ten seconds, which a busy machine may need for the imports
        shell(create)
        live.wait_for(lambda: live.status() in ("DONE", "ERROR") or live.came_too_late(), "the end of the experiment")
        if not live.came_too_late():
            break
        live.kill()

    assert live.status() == "DONE", live.logs()
    assert listening_addresses(live.port) == {"127.0.0.1"}
    table = load_benchmark("nasbench201/cifar10")
    metrics = live.metrics()
    assert len({metric["architecture"] for metric in metrics}) == len(metrics) == 6
    assert all(m["default"] == table.score(table.space.parse(m["architecture"])) for m in metrics)
    shown = [json.loads(metric["hyperparameters"])["learning_rate"] for metric in metrics]
    assert len(set(shown)) == 6
    assert all(0.01 <= rate <= 0.3 for rate in shown)
    shell(stop.replace("ID", live.id))
    live.wait_for(lambda: not live.processes(), "the end of all processes")
