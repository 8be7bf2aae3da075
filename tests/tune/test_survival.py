"""Searches on Ray survive: drivers killed, workers and nodes lost, trials that hang."""

import math
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import ray
from ray import tune
from ray.cluster_utils import Cluster

from nas_plugins.tune import RandomSearcher, StrategySearcher
from tests.tune.killed_driver import height, searcher
from tests.tune.recording_strategy import RecordingStrategy

pytestmark = pytest.mark.xdist_group("ray")

DRIVER = Path(__file__).with_name("killed_driver.py")


@pytest.fixture
def address() -> Iterator[str]:
    """A small Ray with a make-believe GPU, and its address for drivers of their own."""
    ray.init(num_cpus=2, num_gpus=1, include_dashboard=False, log_to_driver=False, configure_logging=False)
    yield ray.get_runtime_context().gcs_address
    ray.shutdown()


def lines(path: Path) -> list[str]:
    """The whole lines of a file that may not be there, or be written to."""
    return path.read_text().split("\n")[:-1] if path.exists() else []


def run_and_kill(address: str, folder: Path, trials: int, concurrent: int, kills: int, *, seed: int) -> int:
    """Start or restore the driver until it ends by itself; it is killed so many times, each after some new result.

    Returns:
        How often it was killed.
    """
    rng = random.Random(seed)
    killed = 0
    while True:
        before = len(lines(folder / "results"))
        driver = subprocess.Popen(
            [sys.executable, str(DRIVER), address, str(folder), str(trials), str(concurrent)],
            env=os.environ | {"PYTHONPATH": str(DRIVER.parents[2])},
            stdout=subprocess.DEVNULL,
            stderr=(folder / "errors").open("ab"),
        )
        deadline = time.monotonic() + 120
        while killed < kills and driver.poll() is None and len(lines(folder / "results")) == before:
            assert time.monotonic() < deadline, (folder / "errors").read_text()[-2000:]
            time.sleep(0.005)
        time.sleep(rng.random() * 0.5 if killed < kills else 0)
        if killed < kills and driver.poll() is None:
            driver.send_signal(signal.SIGKILL)
            driver.wait()
            killed += 1
            continue
        assert driver.wait(timeout=180) == 0, (folder / "errors").read_text()[-2000:]
        return killed


@pytest.mark.parametrize(
    ("trials", "concurrent", "kills"),
    [
        (10, 1, 2),
        pytest.param(60, 1, 20, marks=pytest.mark.slow),
        pytest.param(80, 2, 20, marks=pytest.mark.slow),
    ],
)
def test_killed_drivers_lose_and_double_nothing(
    address: str, tmp_path: Path, trials: int, concurrent: int, kills: int
) -> None:
    """Killed at random moments and restored each time: every result is kept, no trial comes twice.

    One trial at a time gives the very sequence of an undisturbed search.
    """
    assert run_and_kill(address, tmp_path, trials, concurrent, kills, seed=trials + concurrent) >= kills / 2
    finished = [tuple(line.split()) for line in lines(tmp_path / "finished")]
    results = [tuple(line.split()[1:]) for line in lines(tmp_path / "results")]

    assert len(finished) == len({architecture for architecture, _ in finished}) == trials
    assert set(results) == set(finished)
    if concurrent == 1:
        undisturbed = searcher()
        undisturbed.set_search_properties("accuracy", "max", {})
        expected = []
        for number in range(trials):
            config = undisturbed.suggest(str(number))
            assert isinstance(config, dict)
            expected.append(config["architecture"])
            undisturbed.on_trial_complete(str(number), {"accuracy": height(expected[-1])})
        assert list(dict.fromkeys(architecture for architecture, _ in results)) == expected


def test_workers_that_die_amid_a_trial(address: str, tmp_path: Path) -> None:
    """One dies once and is tried again, one dies every time and is told as failed; both are told once."""
    built: list[RecordingStrategy] = []

    def strategy(space: Any, seed: int | None) -> RecordingStrategy:
        del seed
        built.append(RecordingStrategy(space))
        return built[-1]

    def train(config: dict[str, Any]) -> dict[str, float]:
        attempts = tmp_path / config["architecture"].replace("|", "_")
        with attempts.open("a") as file:
            file.write("once more\n")
        position = len(config["architecture"]) % 2
        again = len(attempts.read_text().splitlines()) > 1
        if config["architecture"] == first or (config["architecture"] == second and not again):
            os.kill(os.getpid(), signal.SIGKILL)
        return {"accuracy": float(position)}

    probe = StrategySearcher(strategy=lambda space, seed: RecordingStrategy(space))
    first, second = (probe.suggest(name)["architecture"] for name in "ab")  # type: ignore[index]  # both are configs
    tuner = tune.Tuner(
        train,
        tune_config=tune.TuneConfig(
            search_alg=StrategySearcher(metric="accuracy", mode="max", strategy=strategy), num_samples=4
        ),
        run_config=tune.RunConfig(
            storage_path=str(tmp_path / "ray"), verbose=0, failure_config=tune.FailureConfig(max_failures=1)
        ),
    )
    results = tuner.fit()
    told = {str(architecture): score for architecture, score in built[0].told}

    assert (len(results), results.num_errors) == (4, 1)
    assert len(built[0].told) == len(told) == 4
    assert [name for name, score in told.items() if math.isnan(score)] == [first]


def test_fractions_of_a_gpu(address: str, tmp_path: Path) -> None:
    """Four trials share one GPU, each with a quarter and half a core."""

    def train(config: dict[str, Any]) -> dict[str, float]:
        assert ray.get_gpu_ids() == [0]
        assert ray.get_runtime_context().get_assigned_resources()["GPU"] == 0.25
        return {"accuracy": float(len(config["architecture"]))}

    tuner = tune.Tuner(
        tune.with_resources(train, {"cpu": 0.5, "gpu": 0.25}),
        param_space={"table": "none"},
        tune_config=tune.TuneConfig(
            metric="accuracy", mode="max", search_alg=RandomSearcher(seed=0), num_samples=4, max_concurrent_trials=4
        ),
        run_config=tune.RunConfig(storage_path=str(tmp_path), verbose=0),
    )
    results = tuner.fit()

    assert (len(results), results.num_errors) == (4, 0)


class FiveTrials(tune.Stopper):
    """Ends the experiment once five trials have reported; Ray shows it the last result of a function twice."""

    def __init__(self) -> None:
        self._reported: set[str] = set()

    def __call__(self, trial_id: str, result: dict[str, Any]) -> bool:
        self._reported.add(trial_id)
        return False

    def stop_all(self) -> bool:
        return len(self._reported) >= 5


@pytest.mark.parametrize("seconds", [None, pytest.param(60, marks=pytest.mark.slow)])
def test_a_trial_that_hangs_holds_up_one_worker_only(
    address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seconds: int | None
) -> None:
    """The other worker runs the rest; a stopper, or the time limit, ends the experiment with their results."""
    monkeypatch.setenv("TUNE_FORCE_TRIAL_CLEANUP_S", "2")

    def train(config: dict[str, Any]) -> dict[str, float]:
        if not (tmp_path / "hanging").exists():
            (tmp_path / "hanging").touch()
            time.sleep(10_000)
        return {"accuracy": float(len(config["architecture"]))}

    start = time.monotonic()
    tuner = tune.Tuner(
        train,
        param_space={"table": "none"},
        tune_config=tune.TuneConfig(
            metric="accuracy",
            mode="max",
            search_alg=RandomSearcher(seed=0),
            num_samples=6,
            max_concurrent_trials=2,
            reuse_actors=True,
            time_budget_s=seconds,
        ),
        run_config=tune.RunConfig(
            storage_path=str(tmp_path / "ray"), verbose=0, stop=FiveTrials() if seconds is None else None
        ),
    )
    results = tuner.fit()

    assert time.monotonic() - start < 150
    assert sum("accuracy" in (result.metrics or {}) for result in results) == 5


@pytest.mark.slow
def test_a_lost_node_costs_its_trials_a_second_start_and_nothing_else(tmp_path: Path) -> None:
    """Two nodes; one is taken away amid the run: trials ran on both, and all end with a result on the other."""
    cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 1, "include_dashboard": False})
    second = cluster.add_node(num_cpus=1)
    ray.init(address=cluster.address, log_to_driver=False, configure_logging=False)

    def pull() -> None:
        while len(lines(tmp_path / "trained")) < 3:
            time.sleep(0.05)
        cluster.remove_node(second, allow_graceful=False)

    puller = threading.Thread(target=pull, daemon=True)
    puller.start()

    def train(config: dict[str, Any]) -> dict[str, Any]:
        time.sleep(0.5)
        with (tmp_path / "trained").open("a") as file:
            file.write("one\n")
        return {
            "accuracy": float(len(config["architecture"])),
            "node": ray.get_runtime_context().get_node_id(),
        }

    try:
        tuner = tune.Tuner(
            train,
            param_space={"table": "none"},
            tune_config=tune.TuneConfig(
                metric="accuracy",
                mode="max",
                search_alg=RandomSearcher(seed=0),
                num_samples=10,
                max_concurrent_trials=2,
            ),
            run_config=tune.RunConfig(
                storage_path=str(tmp_path),
                verbose=0,
                failure_config=tune.FailureConfig(max_failures=5),
            ),
        )
        results = tuner.fit()
        puller.join(timeout=60)
    finally:
        ray.shutdown()
        cluster.shutdown()

    assert not puller.is_alive()
    assert (len(results), results.num_errors) == (10, 0)
    assert len({result.metrics["node"] for result in results if result.metrics}) == 2
    assert len({(result.config or {})["architecture"] for result in results}) == 10
