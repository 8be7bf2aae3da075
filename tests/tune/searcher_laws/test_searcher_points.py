"""Points that were given, evaluated elsewhere, or lost."""

import copy
import json
import math

import pytest
from ray import tune

from nas_plugins.spaces.errors import InvalidArchitecture, InvalidArgument
from nas_plugins.tune import RandomSearcher, StrategySearcher
from tests.tune.catalogue import Entry
from tests.tune.recording_strategy import RecordingStrategy
from tests.tune.searcher_laws.without_ray import FIRST, SECOND, SPACE, finished_trial, recording, run, suggest


def test_a_point_that_runs_is_not_proposed_again() -> None:
    """The strategy's own first proposal was given as a point: while it runs, workers get others."""
    searcher = StrategySearcher(
        SPACE,
        "accuracy",
        "max",
        [{"architecture": str(SPACE[0])}],
        strategy=lambda space, seed: RecordingStrategy(space),
    )
    cells = [suggest(searcher, f"trial{number}")["architecture"] for number in range(3)]
    assert cells == [str(SPACE[index]) for index in (0, 1, 2)]


def test_a_point_that_a_restored_search_lost_comes_again_as_it_was_given() -> None:
    """With the values of other parameters; across a save."""
    point = {"architecture": str(SPACE[5]), "rate": 0.5}
    searcher = RandomSearcher(SPACE, "accuracy", "max", [point], seed=0)
    searcher.set_search_properties("accuracy", "max", {"rate": tune.uniform(0, 1)})
    assert suggest(searcher, "lost")["rate"] == 0.5
    restored = RandomSearcher(SPACE)
    restored.set_state(json.loads(json.dumps(searcher.get_state())))
    restored._catch_up([])
    again = suggest(restored, "again")
    assert (again["architecture"], again["rate"]) == (point["architecture"], 0.5)


def test_points_to_evaluate_come_first_in_order(entry: Entry) -> None:
    """Points in any form come first, as architectures, with their other values and types; then the strategy's own."""
    points = [
        {"architecture": SECOND, "lr": 0.5, "nested": {"wd": 1}},
        SPACE.to_choices(SPACE.parse(FIRST)) | {"steps": 3},
    ]
    searcher = entry.build(points_to_evaluate=points, seed=0)
    searcher.set_search_properties("accuracy", "max", {"lr": tune.uniform(0, 0.1), "nested": {"wd": 0, "b": 1}})
    configurations = run(searcher, range(5))

    assert configurations[0] == {"architecture": SECOND, "lr": 0.5, "nested": {"wd": 1}}
    assert configurations[1]["architecture"] == FIRST
    assert configurations[1]["steps"] == 3
    assert set(configurations[1]) == {"architecture", "steps", "lr"}
    assert points[0] == {"architecture": SECOND, "lr": 0.5, "nested": {"wd": 1}}


@pytest.mark.parametrize("mode", ["max", "min"])
def test_evaluated_rewards_are_learned_instead_of_run(mode: str) -> None:
    """With rewards the points are told, in metric units, and not run, even when the mode comes later from the host."""
    searcher, built = recording(
        points_to_evaluate=[{"architecture": FIRST}, {"architecture": SECOND}], evaluated_rewards=[0.25, 0.5]
    )
    searcher.set_search_properties("loss", mode, {"a": 1})
    sign = 1 if mode == "max" else -1

    assert suggest(searcher, "1") == {"architecture": str(SPACE[0])}
    assert built[0].told == [(SPACE.parse(FIRST), sign * 0.25), (SPACE.parse(SECOND), sign * 0.5)]


def test_unusable_points_are_refused(entry: Entry) -> None:
    """Points of the wrong type or length, without an architecture, or that could not be saved, fail at construction."""
    with pytest.raises(TypeError, match="expected to be a list"):
        entry.cls(points_to_evaluate={"architecture": FIRST})
    with pytest.raises(TypeError, match="expected to include"):
        entry.cls(points_to_evaluate=[FIRST])
    with pytest.raises(TypeError, match="expected to include"):
        entry.cls(points_to_evaluate=[[FIRST]])
    with pytest.raises(ValueError, match="do not match"):
        entry.cls(points_to_evaluate=[{"architecture": FIRST}], evaluated_rewards=[1.0, 2.0])
    with pytest.raises(InvalidArchitecture, match="wanted"):
        entry.cls(points_to_evaluate=[{"lr": 0.1}])
    with pytest.raises(InvalidArchitecture, match="wanted"):
        entry.cls(points_to_evaluate=[{"architecture": "|nor_conv_9x9~0|"}])
    with pytest.raises(InvalidArgument, match="plain values"):
        entry.cls(points_to_evaluate=[{"architecture": FIRST, "object": object()}])


def test_add_evaluated_point() -> None:
    """Points evaluated elsewhere reach the strategy, before and after the first suggestion; failures as nan."""
    searcher, built = recording(metric="loss", mode="min")
    searcher.add_evaluated_point({"architecture": FIRST, "lr": 1}, 0.5)
    assert built == []
    suggest(searcher, "1")
    assert built[0].told == [(SPACE.parse(FIRST), -0.5)]
    searcher.add_evaluated_point(SPACE.to_choices(SPACE.parse(SECOND)), 0.25, pruned=True, intermediate_values=[1.0])
    searcher.add_evaluated_point({"architecture": FIRST}, 0.75, error=True)

    assert built[0].told[1] == (SPACE.parse(SECOND), -0.25)
    assert math.isnan(built[0].told[2][1])
    with pytest.raises(InvalidArchitecture):
        searcher.add_evaluated_point({"lr": 1}, 0.5)


def test_evaluated_points_are_not_proposed_again(entry: Entry) -> None:
    """What was evaluated elsewhere does not come up again."""
    known = run(entry.build(seed=1), range(3))
    searcher = entry.build(seed=1)
    for configuration in known:
        searcher.add_evaluated_point(configuration, 50.0)

    assert not [configuration for configuration in run(searcher, range(8)) if configuration in known]


def test_add_evaluated_trials(entry: Entry) -> None:
    """Ray's trials, one or many, are accepted by any copy of the searcher, which then suggests."""
    searcher = entry.build(metric="accuracy", mode="max", seed=1)
    known = run(copy.deepcopy(searcher), range(3))
    trials = [finished_trial(configuration | {"lr": 0.1}, 1.0) for configuration in known]
    for given in (trials[0], trials):
        taught = copy.deepcopy(searcher)
        taught.add_evaluated_trials(given, "accuracy")
        assert known[0] not in run(taught, range(5))

    assert run(searcher, range(3)) == known
