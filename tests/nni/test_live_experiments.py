"""Real NNI experiments: four trials at once, results of the right architectures, an end, a kill, nothing left."""

import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from nas_plugins.evaluation import load_benchmark
from nas_plugins.nni import ALGORITHMS, write_project
from tests.nni.live import ATTEMPTS, PATIENCE, Live, listening_addresses

# One at a time: each starts a server, a dispatcher and trials.
pytestmark = pytest.mark.xdist_group("nni")

TABLE = load_benchmark("nasbench201/cifar10")

# Trials take different times, so that they overtake each other; every fifth dies without a word.
TRIAL = """
import os, time, zlib
from nas_plugins.evaluation import load_benchmark
from nas_plugins.nni import Trial

with Trial("nasbench201") as trial:
    number = zlib.crc32(str(trial.architecture).encode())
    time.sleep(number % 7 / 10)
    if DYING and number % 5 == 0:
        os._exit(9)
    if DYING and number % 5 == 1:
        raise RuntimeError("this one fails")
    trial.final(load_benchmark("nasbench201/cifar10").score(trial.architecture))
"""


@pytest.fixture
def live(tmp_path: Path) -> Iterator[Live]:
    """A place for experiments; whatever is left of them is killed."""
    live = Live(tmp_path)
    yield live
    live.kill()


def project(live: Live, *, dying: bool = False, tuner: dict[str, Any] | None = None, **options: Any) -> None:
    """An experiment as ``nas-plugins nni-init`` writes it, with a trial that takes its time."""
    write_project(live.folder, table="nasbench201/cifar10", concurrency=4, port=live.port, **options)
    (live.folder / "trial" / "trial.py").write_text(f"DYING = {dying}\n{TRIAL}")
    if tuner is not None:
        config = yaml.safe_load((live.folder / "config.yml").read_text())
        (live.folder / "config.yml").write_text(yaml.safe_dump(config | {"tuner": tuner}))


def scores(live: Live) -> dict[str, float | None]:
    """What the strategy was told, by its saved state."""
    return dict(live.state()["strategy"]["observations"]["scores"])


def test_four_trials_at_once_and_no_score_goes_astray(live: Live) -> None:
    """Registered by the shipped file; trials fail and die: all is told of the right architecture, and it ends."""
    live.nnictl("algo", "register", "--meta", str(ALGORITHMS))
    project(
        live,
        dying=True,
        strategy="regularized_evolution",
        trials=10,
        tuner={"name": "NasPluginsRegularizedEvolution", "classArgs": {"seed": 0}},
    )
    live.start("create", "--config", "config.yml")
    live.wait_for(lambda: live.get("check-status")["status"] in ("DONE", "ERROR"), "the end of the experiment")
    assert live.status() == "DONE"
    assert listening_addresses(live.port) == {"127.0.0.1"}
    for address in {info[4][0] for info in socket.getaddrinfo(socket.gethostname(), None, socket.AF_INET)}:
        if not address.startswith("127."):
            with socket.socket() as outside:
                assert outside.connect_ex((address, live.port)) != 0

    reported = {metric["architecture"]: metric for metric in live.metrics()}
    told = scores(live)
    assert live.get("experiment")["params"]["maxTrialNumber"] == 10
    assert len(live.get("trial-jobs")) == 10
    for architecture, score in told.items():
        if score is not None:
            assert score == TABLE.score(TABLE.space.parse(architecture))
    failed = {architecture for architecture, metric in reported.items() if metric["default"] is None}
    assert failed <= {architecture for architecture, score in told.items() if score is None}
    assert all("this one fails" in reported[architecture]["error"] for architecture in failed)
    assert {a: m["default"] for a, m in reported.items()}.items() <= told.items()

    live.nnictl("stop", live.id)
    live.wait_for(lambda: not live.processes(), "the end of all processes")


def test_killed_and_resumed_nothing_is_lost(live: Live) -> None:
    """SIGKILL for everything half-way; resumed, whatever was proposed is evaluated and told."""
    project(live, strategy="local_search", trials=8, seed=1)
    live.start("create", "--config", "config.yml")
    live.wait_for(lambda: live.told() >= 3, "three results")
    live.kill()
    before = scores(live)
    handed_out = set(before) | set(live.state()["ledger"]["pending"])

    live.start("resume", live.id, "--experiment_dir", str(live.folder / "experiments"))
    live.wait_for(lambda: live.get("check-status")["status"] in ("DONE", "ERROR"), "the end of the experiment")
    assert live.status() == "DONE"
    after = scores(live)
    assert before.items() <= after.items()
    assert handed_out <= set(after)
    assert {metric["architecture"] for metric in live.metrics()} == set(after)
    for architecture, score in after.items():
        assert score == TABLE.score(TABLE.space.parse(architecture))

    live.nnictl("stop", live.id)
    live.wait_for(lambda: not live.processes(), "the end of all processes")


HANGING_TRIAL = """
import time
from pathlib import Path
from nas_plugins.nni import table_trial

marker = Path(HOME) / "hanging"
if not marker.exists():
    marker.touch()
    time.sleep(10_000)
table_trial("nasbench201/cifar10")
"""


def test_a_trial_that_hangs_holds_up_one_place_only(live: Live) -> None:
    """NNI's limit of a trial's time ends it; the others go on and are told, and the experiment ends."""
    project(live, strategy="local_search", trials=5, seed=1)
    (live.folder / "trial" / "trial.py").write_text(f"HOME = {str(live.folder)!r}\n{HANGING_TRIAL}")
    config = yaml.safe_load((live.folder / "config.yml").read_text())
    # The good ones take seconds, and many times that where four start at once beside other tests.
    (live.folder / "config.yml").write_text(yaml.safe_dump(config | {"maxTrialDuration": "60s"}))
    live.start("create", "--config", "config.yml")
    live.wait_for(lambda: live.get("check-status")["status"] in ("DONE", "ERROR"), "the end of the experiment")
    assert live.status() == "DONE"
    told = scores(live)

    reported = {metric["architecture"] for metric in live.metrics()}
    assert len(reported) == 4
    assert reported == {architecture for architecture, score in told.items() if score is not None}

    live.nnictl("stop", live.id)
    live.wait_for(lambda: not live.processes(), "the end of all processes")


OWN_TUNER = """
from nas_plugins.nni import StrategyTuner
from nas_plugins.spaces.errors import SearchExhausted
from nas_plugins.strategies import RandomSearch


class Few(RandomSearch):
    def ask(self):
        if len(self._seen) == 3:
            raise SearchExhausted("three are enough")
        if FAULTY:
            raise RuntimeError("a fault of one's own")
        return super().ask()


def few(seed):
    return StrategyTuner(lambda space, seed: Few(space, seed=seed), seed=seed)
"""


@pytest.mark.parametrize("faulty", [False, True], ids=["exhausted", "faulty"])
def test_a_tuner_that_stops_proposing_ends_the_experiment(live: Live, faulty: bool) -> None:
    """A function of one's own in `codeDirectory`, run by `run.py`: nothing left ends it well, an error badly."""
    project(
        live,
        strategy="random",
        trials=20,
        tuner={"className": "own_tuner.few", "codeDirectory": ".", "classArgs": {"seed": 0}},
    )
    (live.folder / "own_tuner.py").write_text(f"FAULTY = {faulty}\n{OWN_TUNER}")
    for _ in range(ATTEMPTS):
        done = subprocess.run(
            [sys.executable, "run.py"],
            cwd=live.folder,
            env=live.environment,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
        if not live.came_too_late():
            break

    if faulty:
        assert done.returncode != 0
        assert "NNI gave" in done.stderr
        assert "a fault of one's own" in live.logs()
    else:
        assert "3 trials reported a result" in done.stdout, done.stderr[-2000:] + live.logs()
        assert len({metric["architecture"] for metric in live.metrics()}) == 3
    assert not live.processes()
