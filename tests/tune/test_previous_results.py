"""What an experiment of Ray left becomes scores a strategy can be told."""

import importlib
import math
from pathlib import Path
from typing import Any

import pytest
import ray
from ray import tune

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
