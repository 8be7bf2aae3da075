"""Searchers and trials in real runs of Ray Tune; the laws that need no Ray are in ``searcher_laws``."""

import math
import os
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from ray import tune
from ray.tune.schedulers import ASHAScheduler
from ray.tune.search import BasicVariantGenerator, ConcurrencyLimiter
from ray.tune.search.optuna import OptunaSearch

from nas_plugins.datasets import ImageDataset
from nas_plugins.evaluation import load_benchmark
from nas_plugins.spaces import NASBench201
from nas_plugins.spaces import arch2vec as arch2vec_room
from nas_plugins.tune import (
    RandomSearcher,
    StrategySearcher,
    TableTrial,
    architecture_from_config,
    choices_param_space,
    training_trial,
)
from tests.catalogue_fixture import catalogue_fixture
from tests.strategies.tiny_space import TinySpace
from tests.tune.catalogue import CATALOGUE, Entry
from tests.tune.recording_strategy import RecordingStrategy

pytestmark = [pytest.mark.xdist_group("ray"), pytest.mark.usefixtures("two_cpus")]

SPACE = NASBench201()
TABLE = "nasbench201/cifar10"


entry = catalogue_fixture(CATALOGUE)
"""One searcher of the catalogue."""


def length(config: dict[str, Any]) -> dict[str, float]:
    """A trial that ends at once: how long the architecture's text is."""
    return {"accuracy": float(len(config["architecture"]))}


def architectures(analysis: tune.ExperimentAnalysis) -> list[str]:
    """The architectures of a run in the order of its trials."""
    return [trial.config["architecture"] for trial in analysis.trials]


def run(trainable: Any, tmp_path: Path, **options: Any) -> tune.ExperimentAnalysis:
    """``tune.run``, quiet, in a folder of its own, with workers kept from trial to trial."""
    defaults = {"verbose": 0, "storage_path": str(tmp_path), "reuse_actors": True, "raise_on_failed_trial": False}
    return tune.run(trainable, **(defaults | options))


def test_the_line_people_write(entry: Entry, tmp_path: Path) -> None:
    """tune.run(train, search_alg=Searcher()), with nothing else said, runs the searcher's architectures in order."""

    def train(config: dict[str, Any]) -> dict[str, float]:
        return {"accuracy": float(len(config["architecture"]))}

    analysis = run(train, tmp_path, search_alg=entry.build(seed=3), num_samples=4)
    expected = entry.build(seed=3)

    first = [expected.suggest(str(n))["architecture"] for n in range(entry.blind)]
    assert architectures(analysis)[: entry.blind] == first
    assert [trial.status for trial in analysis.trials] == ["TERMINATED"] * 4


def test_a_tuner_with_constants_and_domains(entry: Entry, tmp_path: Path) -> None:
    """Tuner.fit with max_concurrent_trials: constants arrive, domains are resolved, the best result is found."""

    def train(config: dict[str, Any]) -> dict[str, float]:
        assert config["constants"] == {"list": [1, 2, 3], "num": 4}
        assert 1e-4 <= config["lr"] <= 1e-1
        return {"loss": float(len(config["architecture"]))}

    tuner = tune.Tuner(
        train,
        param_space={"constants": {"list": [1, 2, 3], "num": 4}, "lr": tune.loguniform(1e-4, 1e-1)},
        tune_config=tune.TuneConfig(
            metric="loss",
            mode="min",
            search_alg=entry.build(seed=0),
            num_samples=6,
            max_concurrent_trials=2,
            reuse_actors=True,
        ),
        run_config=tune.RunConfig(storage_path=str(tmp_path), verbose=0),
    )
    results = tuner.fit()

    assert (len(results), results.num_errors) == (6, 0)
    losses = [result.metrics["loss"] for result in results]
    assert results.get_best_result().metrics["loss"] == min(losses)


def test_trials_that_fail_or_report_nonsense(tmp_path: Path) -> None:
    """Failures, nan and infinities: every trial is told once, the failed ones as nan, and the search goes on."""
    built: list[RecordingStrategy] = []

    def strategy(space: Any, seed: int | None) -> RecordingStrategy:
        del seed
        built.append(RecordingStrategy(space))
        return built[-1]

    def train(config: dict[str, Any]) -> dict[str, Any]:
        position = NASBench201().index(architecture_from_config(config, NASBench201()))
        if position == 0:
            raise RuntimeError("this trial fails")
        return {"accuracy": {1: math.nan, 2: math.inf}.get(position, 7.0)}

    analysis = run(
        train,
        tmp_path,
        search_alg=ConcurrencyLimiter(StrategySearcher(strategy=strategy), max_concurrent=2),
        metric="accuracy",
        mode="max",
        num_samples=4,
    )
    told = {SPACE.index(architecture): score for architecture, score in built[0].told}

    assert [trial.status for trial in analysis.trials] == ["ERROR", *["TERMINATED"] * 3]
    assert len(built[0].told) == len(told) == 4
    assert {position: score for position, score in told.items() if not math.isnan(score)} == {3: 7.0}


def test_an_exhausted_strategy_ends_the_run(tmp_path: Path) -> None:
    """num_samples=-1 ends by FINISHED after all nine architectures of the tiny space."""
    analysis = run(length, tmp_path, search_alg=RandomSearcher(TinySpace()), num_samples=-1)

    assert sorted(architectures(analysis)) == list(TinySpace())


def test_a_strategy_that_waits_is_asked_again(tmp_path: Path) -> None:
    """A strategy with one pending proposal at a time stalls the search only until its result arrives."""
    searcher = StrategySearcher(strategy=lambda space, seed: RecordingStrategy(space, pending=1))
    analysis = run(length, tmp_path, search_alg=searcher, num_samples=4, max_concurrent_trials=4)

    assert architectures(analysis) == [str(SPACE[index]) for index in range(4)]


def test_an_interrupted_experiment_is_restored(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An experiment broken off after three trials goes on where it stood: together the trials of one whole run."""
    monkeypatch.setenv("TUNE_GLOBAL_CHECKPOINT_S", "0")

    class BreakOff(tune.Callback):
        def on_step_end(self, iteration: int, trials: Any, **info: Any) -> None:
            finished = sum(trial.status == "TERMINATED" for trial in trials)
            if finished >= 3 and "BREAK_OFF" in os.environ:  # Ray restores callbacks too
                raise RuntimeError("broken off")

    def tuner(callbacks: list[tune.Callback]) -> tune.Tuner:
        return tune.Tuner(
            length,
            param_space={"lr": tune.uniform(0, 1)},
            tune_config=tune.TuneConfig(
                metric="accuracy", mode="max", search_alg=RandomSearcher(seed=5), num_samples=6, reuse_actors=True
            ),
            run_config=tune.RunConfig(name="broken", storage_path=str(tmp_path), verbose=0, callbacks=callbacks),
        )

    monkeypatch.setenv("BREAK_OFF", "1")
    with pytest.raises(RuntimeError, match=r"broken off|Tuner\.restore"):
        tuner([BreakOff()]).fit()
    monkeypatch.delenv("BREAK_OFF")
    results = tune.Tuner.restore(str(tmp_path / "broken"), trainable=length, resume_errored=True).fit()
    expected = RandomSearcher(seed=5)
    expected.set_search_properties("accuracy", "max", {"lr": tune.uniform(0, 1)})
    whole = [expected.suggest(str(number)) for number in range(6)]

    assert (len(results), results.num_errors) == (6, 0)
    assert sorted(result.config["architecture"] for result in results) == sorted(c["architecture"] for c in whole)
    assert sorted(result.config["lr"] for result in results) == pytest.approx(sorted(c["lr"] for c in whole))


def test_asha_stops_real_training(tmp_path: Path) -> None:
    """Training trials report every epoch: ASHA stops the worse ones early, and the strategy is told once of each."""
    built: list[RecordingStrategy] = []

    def strategy(space: Any, seed: int | None) -> RecordingStrategy:
        del seed
        built.append(RecordingStrategy(space))
        return built[-1]

    labels = np.arange(48, dtype=np.int64) % 2
    noise = np.random.default_rng(0).integers(0, 50, (48, 8, 8, 3), dtype=np.uint8)
    shades = ImageDataset(
        "shades", noise + (200 * labels).astype(np.uint8)[:, None, None, None], labels, ("dark", "light")
    )
    trial = training_trial(shades, epochs=4, channels=4, batch_size=8, learning_rate=3.0, device="cpu")
    learns = {"architecture": "|nor_conv_3x3~0|+|none~0|none~1|+|skip_connect~0|none~1|none~2|"}
    # The first cells of the enumeration have no path from input to output: all their loss can do is stay.
    analysis = run(
        trial,
        tmp_path,
        config={"seed": 0},  # metric and mode reach the searcher only beside a param_space
        search_alg=StrategySearcher(strategy=strategy, points_to_evaluate=[learns, learns]),
        scheduler=ASHAScheduler(max_t=4, grace_period=1, reduction_factor=2),
        metric="train_loss",
        mode="min",
        num_samples=6,
    )
    epochs = [trial.last_result["epoch"] for trial in analysis.trials]

    assert [trial.status for trial in analysis.trials] == ["TERMINATED"] * 6
    assert max(epochs) == 4
    assert min(epochs) == 1
    assert sorted(score for _, score in built[0].told) == sorted(
        -trial.last_result["train_loss"] for trial in analysis.trials
    )


def test_table_trials_report_the_table(tmp_path: Path) -> None:
    """Our searcher over table trials in reused workers: each score is the table's, and no worker imports torch."""

    class Watched(TableTrial):
        def step(self) -> dict[str, Any]:
            return super().step() | {"torch": "torch" in sys.modules}

    analysis = run(
        Watched,
        tmp_path,
        config={"table": TABLE},
        search_alg=RandomSearcher(seed=0),
        metric="accuracy",
        mode="max",
        num_samples=6,
    )
    benchmark = load_benchmark(TABLE)
    for trial in analysis.trials:
        assert trial.last_result["accuracy"] == benchmark.score(SPACE.parse(trial.config["architecture"]))
        assert not trial.last_result["torch"]


@pytest.mark.parametrize("searcher", [BasicVariantGenerator, OptunaSearch], ids=lambda cls: cls.__name__)
def test_any_searcher_of_ray_drives_the_choices(searcher: Any, tmp_path: Path) -> None:
    """Ray's own searchers drive our trials through the flat choices."""
    analysis = run(
        TableTrial,
        tmp_path,
        config={"table": TABLE, **choices_param_space()},
        search_alg=searcher(),
        metric="accuracy",
        mode="max",
        num_samples=5,
    )
    benchmark = load_benchmark(TABLE)
    for trial in analysis.trials:
        cell = SPACE.from_choices({name: trial.config[name] for name in SPACE.choices()})
        assert trial.last_result["accuracy"] == benchmark.score(cell)


def test_any_searcher_of_ray_drives_the_latents(tmp_path: Path) -> None:
    """Ray's own searchers drive our trials through the continuous latent space of arch2vec."""
    if not (Path(arch2vec_room.__file__).parent / "weights" / "nasbench201.safetensors").is_file():
        pytest.skip("needs the trained weights of arch2vec")
    latents = arch2vec_room.Arch2Vec.pretrained("nasbench201")
    analysis = run(
        TableTrial,
        tmp_path,
        config={"table": TABLE, **latents.param_space()},
        search_alg=OptunaSearch(seed=0),
        metric="accuracy",
        mode="max",
        num_samples=2,
    )
    benchmark = load_benchmark(TABLE)
    for trial in analysis.trials:
        assert trial.last_result["accuracy"] == benchmark.score(latents.nearest(trial.config["z"]))
