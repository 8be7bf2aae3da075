"""What an experiment of Ray left becomes scores a strategy can be told."""

import importlib
import math
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import ray
from ray import tune
from ray.tune import ExperimentAnalysis, ResultGrid

from nas_plugins.evaluation.previous_results import points_of_results
from nas_plugins.spaces import NASBench201
from nas_plugins.spaces.errors import InvalidArgument, InvalidTable
from nas_plugins.tune import BayesianSearcher, RandomSearcher, previous_results

pytestmark = pytest.mark.xdist_group("ray")

SPACE = NASBench201()


def train(config: dict[str, Any]) -> dict[str, float]:
    position = SPACE.index(SPACE.parse(config["architecture"]))
    if position == 7:
        raise RuntimeError("this trial fails")
    return {"loss": float(position), "accuracy": 100.0 - position}


def test_a_metric_that_is_no_number_is_no_result() -> None:
    """A name, or nothing, that trials report beside their numbers."""
    trials = [({"architecture": str(SPACE[3])}, {"accuracy": 1.0, "note": "fine"}, False)]
    module = importlib.import_module("nas_plugins.tune.previous_results")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "_trials", lambda source: iter(trials))
        assert previous_results(None, metric="accuracy") == [(SPACE[3], 1.0)]
        with pytest.raises(InvalidArgument, match="wanted results with 'note'"):
            previous_results(None, metric="note")


def sources(trials: list[Any], folder: Path) -> tuple[ExperimentAnalysis, ResultGrid]:
    """What ``tune.run`` and ``Tuner.fit`` return, with such trials."""
    analysis, grid = ExperimentAnalysis.__new__(ExperimentAnalysis), ResultGrid.__new__(ResultGrid)
    analysis.trials, analysis._experiment_fs_path = trials, str(folder)
    grid._experiment_analysis = analysis
    grid._results = [
        SimpleNamespace(
            config=trial.config, metrics=trial.last_result, error=OSError() if trial.status == "ERROR" else None
        )
        for trial in trials
    ]
    return analysis, grid


def ray_trial(index: int, status: str, **result: Any) -> SimpleNamespace:
    """What Ray has of a trial; its name is the index of its architecture."""
    config = {"architecture": str(SPACE[index])}
    last = {"trial_id": str(index), **result}
    return SimpleNamespace(trial_id=str(index), config=config, last_result=last, status=status)


def test_trials_that_were_cut_off_are_no_results(tmp_path: Path) -> None:
    """A half-trained score is none, whatever status Ray gives it; trials that were stopped early count.

    With ``done``: finished, stopped by ASHA, stopped by a criterion. Those that HyperBand stopped while they were
    paused are without, and the searcher knows that they ended; it knows too of one that had failed and was resumed.
    """
    trials = [
        ray_trial(1, "TERMINATED", accuracy=91.0, done=True),
        ray_trial(2, "ERROR", accuracy=20.0, done=False),
        ray_trial(3, "TERMINATED", accuracy=30.0, done=False),
        ray_trial(4, "PENDING", accuracy=40.0, done=False),
        ray_trial(5, "TERMINATED", accuracy=85.0, done=False),
        ray_trial(6, "PENDING", accuracy=60.0, done=False),
    ]
    for source in sources(trials, tmp_path):
        assert [architecture for architecture, _ in previous_results(source)] == [SPACE[1], SPACE[2]]
    searcher = RandomSearcher(points_to_evaluate=[trial.config for trial in trials], metric="accuracy", mode="max")
    for trial in trials:
        searcher.suggest(trial.trial_id)
    for index in (1, 5):
        searcher.on_trial_complete(str(index), {"accuracy": 1.0})
    for index in (2, 6):
        searcher.on_trial_complete(str(index), error=True)
    searcher.save_to_dir(str(tmp_path), "2026-01-01")
    for source in sources(trials, tmp_path):
        results = dict(previous_results(source))
        assert math.isnan(results.pop(SPACE[2]))
        assert results == {SPACE[1]: 91.0, SPACE[5]: 85.0}


@pytest.mark.parametrize("content", ["", "[]", '{"kind": "another"}'])
def test_a_state_that_says_nothing_is_no_hindrance(content: str, tmp_path: Path) -> None:
    """Of another searcher, or damaged: what Ray has marked as done counts."""
    (tmp_path / "searcher-state-1.pkl").write_text(content)
    for source in sources([ray_trial(1, "TERMINATED", accuracy=91.0, done=True)], tmp_path):
        assert previous_results(source) == [(SPACE[1], 91.0)]


def test_nested_metrics_have_rays_flat_names(tmp_path: Path) -> None:
    """``eval/accuracy``; and a metric that is none is answered with these names."""
    for source in sources([ray_trial(1, "TERMINATED", eval={"accuracy": 93.0}, done=True)], tmp_path):
        assert previous_results(source, metric="eval/accuracy") == [(SPACE[1], 93.0)]
        with pytest.raises(InvalidArgument, match="they report done, eval/accuracy, trial_id"):
            previous_results(source)


def test_an_experiment_is_read_from_memory_and_from_its_folder(tmp_path: Path) -> None:
    """The result grid, and the folder it left: the same pairs, failures as nan, "min" turned round."""
    ray.init(num_cpus=1, include_dashboard=False, log_to_driver=False, configure_logging=False)
    try:
        points = [{"architecture": str(SPACE[index])} for index in (3, 7, 5)]
        tuner = tune.Tuner(
            train,
            tune_config=tune.TuneConfig(
                search_alg=RandomSearcher(points_to_evaluate=points), num_samples=3, reuse_actors=True
            ),
            run_config=tune.RunConfig(name="earlier", storage_path=str(tmp_path), verbose=0),
        )
        grid = tuner.fit()
    finally:
        ray.shutdown()
    for source in (grid, tmp_path / "earlier", str(tmp_path / "earlier")):
        results = previous_results(source, metric="loss", mode="min")
        scores = dict(results)
        assert len(results) == 3
        assert math.isnan(scores.pop(SPACE[7]))
        assert scores == {SPACE[3]: -3.0, SPACE[5]: -5.0}
    assert (SPACE[3], 97.0) in previous_results(grid)
    with pytest.raises(InvalidArgument, match="accuracy"):
        previous_results(grid, metric="acuracy")

    searcher = BayesianSearcher("nasbench201", "loss", "min", **points_of_results(results, mode="min"), seed=0)
    config = searcher.suggest("1")
    assert isinstance(config, dict)
    assert config["architecture"] not in {point["architecture"] for point in points}
    told = searcher.get_state()["strategy"]["observations"]["scores"]
    assert dict(told) == {str(SPACE[3]): -3.0, str(SPACE[7]): None, str(SPACE[5]): -5.0}


def test_files_and_what_is_none(tmp_path: Path) -> None:
    """A CSV file is read as everywhere; an empty folder and a number are refused in one line."""
    (tmp_path / "r.csv").write_text(f"architecture,score\n{SPACE[3]},60\n")

    assert previous_results(tmp_path / "r.csv") == [(SPACE[3], 60.0)]
    with pytest.raises(InvalidTable, match="experiment"):
        previous_results(tmp_path)
    with pytest.raises(InvalidArgument, match="mode"):
        previous_results(tmp_path, mode="best")
    with pytest.raises(InvalidArgument, match="ResultGrid"):
        previous_results(3)  # type: ignore[arg-type]  # that is the point
