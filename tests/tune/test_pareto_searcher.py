"""Lists of metrics and modes: which are reported and which computed, what is refused, what a restart keeps."""

import importlib
import math
from pathlib import Path
from typing import Any

import pytest

from nas_plugins.spaces import NASBench201, NetworkCost
from nas_plugins.spaces.errors import InvalidArgument, InvalidState
from nas_plugins.tune import ParetoSearcher

SPACE = NASBench201()
COST = NetworkCost(SPACE)


def run(searcher: ParetoSearcher, trials: range) -> list[str]:
    """Suggestions of trials that report accuracy and energy at once."""
    texts = []
    for number in trials:
        text = searcher.suggest(str(number))["architecture"]
        energy = float(text.count("3x3"))
        result = {"accuracy": float(text.count("conv")), "energy": math.nan if number == 4 else energy}
        searcher.on_trial_complete(str(number), result)
        texts.append(text)
    return texts


def lists() -> dict[str, list[str]]:
    """Two reported metrics and a cost."""
    return {"metric": ["accuracy", "multiply_adds", "energy"], "mode": ["max", "min", "min"]}


def test_reported_and_known_metrics_make_the_front() -> None:
    """Every member of the front has what was reported of it and what it costs; a trial without a metric has failed."""
    searcher = ParetoSearcher(**lists(), seed=0)
    texts = run(searcher, range(14))
    front = searcher.front()

    assert [(each.name, each.mode) for each in front.objectives] == [
        ("accuracy", "max"), ("energy", "min"), ("multiply_adds", "min")
    ]  # fmt: skip
    assert texts[4] not in map(str, front.architectures)
    for cell, (accuracy, energy, cost) in zip(front.architectures, front.values, strict=True):
        assert (accuracy, energy) == (str(cell).count("conv"), str(cell).count("3x3"))
        assert cost == COST(cell)


def test_a_trial_that_ray_ends_without_a_result_counts_with_its_last(tmp_path: Path) -> None:
    """All of its metrics, across a restart; a point that has ended runs no longer."""
    searcher = ParetoSearcher(**lists(), points_to_evaluate=[{"architecture": str(SPACE[5])}], seed=0)
    searcher.suggest("a")
    searcher.on_trial_result("a", {"accuracy": 3.0, "energy": 2.0, "training_iteration": 1})
    searcher.save(str(tmp_path / "searcher"))
    resumed = ParetoSearcher()
    resumed.restore(str(tmp_path / "searcher"))
    resumed.on_trial_complete("a")

    assert resumed.front().values == ((3.0, 2.0, COST(SPACE[5])),)
    assert resumed.get_state()["running_points"] == {}


def test_a_metric_that_trials_do_not_report_is_told_of_once(caplog: pytest.LogCaptureFixture) -> None:
    """By name: without it nothing gets onto the front."""
    searcher = ParetoSearcher(**lists(), seed=0)
    for number in range(3):
        searcher.suggest(str(number))
        searcher.on_trial_complete(str(number), {"accuracy": 3.0})

    assert [record.message for record in caplog.records] == [
        "ParetoSearcher found no 'energy' in the result of a trial, and learns nothing from such trials; "
        "name a metric that they report"
    ]


def test_one_metric_is_searched_against_multiply_adds() -> None:
    """A loss that is minimised comes back as it was told."""
    searcher = ParetoSearcher(metric="loss", mode="min", seed=0)
    text = searcher.suggest("a")["architecture"]
    searcher.on_trial_complete("a", {"loss": 0.25})

    assert searcher.front().to_json() == [
        {"architecture": text, "loss": 0.25, "multiply_adds": COST(SPACE.parse(text))}
    ]


def test_a_hosts_own_metric_changes_nothing() -> None:
    """TuneConfig(metric="accuracy") beside lists: the lists hold; without lists of its own, a host's are taken."""
    own, host = ParetoSearcher(**lists(), seed=0), ParetoSearcher(seed=0)
    own.set_search_properties("seconds", "min", {"dataset": "digits"})
    host.set_search_properties(**lists(), config={"dataset": "digits"})

    assert run(own, range(12)) == run(host, range(12))
    assert own.front() == host.front()


def test_a_restart_keeps_the_objectives(tmp_path: Path) -> None:
    """Saved after six trials and restored into a searcher without arguments, the next six are those undisturbed."""
    whole, first, resumed = ParetoSearcher(**lists(), seed=3), ParetoSearcher(**lists(), seed=3), ParetoSearcher()
    run(first, range(6))
    first.save(str(tmp_path / "searcher"))
    resumed.restore(str(tmp_path / "searcher"))

    assert run(whole, range(12))[6:] == run(resumed, range(6, 12))
    assert resumed.front() == whole.front()
    with pytest.raises(InvalidState):
        ParetoSearcher(costs=[NetworkCost(SPACE, "parameters")]).restore(str(tmp_path / "searcher"))


def test_earlier_results_of_several_metrics() -> None:
    """A mapping of values is learned from; the architecture is not suggested again."""
    searcher = ParetoSearcher(**lists(), seed=0)
    searcher.add_evaluated_point({"architecture": str(SPACE[5])}, {"accuracy": 3.0, "energy": 1.0})

    assert list(map(str, searcher.front().architectures)) == [str(SPACE[5])]
    assert str(SPACE[5]) not in run(searcher, range(12))


@pytest.mark.parametrize(
    "options",
    [
        {"metric": ["accuracy", "multiply_adds"], "mode": ["max"]},
        {"metric": ["accuracy", "multiply_adds"], "mode": ["max", "max"]},
        {"metric": ["accuracy", "multiply_adds"], "mode": ["max", "down"]},
        {"metric": ["parameters", "multiply_adds"], "mode": ["min", "min"]},
        {"metric": None, "mode": ["max", "min"]},
        {"metric": ["accuracy", "energy"], "mode": ["max", "min"], "evaluated_rewards": [1.0],
         "points_to_evaluate": [{"architecture": str(SPACE[0])}]},
    ],
)  # fmt: skip
def test_lists_that_make_no_objectives_are_refused(options: dict[str, Any]) -> None:
    with pytest.raises(InvalidArgument, match="wanted"):
        ParetoSearcher(**options)


@pytest.mark.parametrize(
    ("cost", "weighed"), [(None, "multiply_adds"), (NetworkCost(SPACE, "parameters"), "parameters")]
)
def test_a_search_weighs_accuracy_against_the_cost_it_shows(cost: NetworkCost[Any] | None, weighed: str) -> None:
    """``search --strategy pareto --latency-table FILE`` hands the latency on; multiply-adds without."""
    module = importlib.import_module("nas_plugins.tune.search")
    options = {"scale": {"num_classes": 10}}
    searcher = module._searcher("pareto", SPACE, None, proposals=1, seed=0, cost=cost, options=options)
    assert [each.name for each in searcher.front().objectives] == ["accuracy", weighed]
