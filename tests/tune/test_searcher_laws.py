"""The laws every searcher obeys that Ray Tune drives, over the catalogue of searchers; no Ray process is started.

They restate, for searchers that propose architectures, what Ray's own tests ask of third-party searchers: invalid
values, reports after completion, points evaluated elsewhere, save and restore, constants, grids, points to evaluate,
and the behaviour under Ray's wrappers.
"""

import copy
import inspect
import json
import math
import pickle
import subprocess
import sys
from pathlib import Path
from typing import Any

import cloudpickle
import pytest
from ray import tune
from ray.tune.experiment import Trial
from ray.tune.search import ConcurrencyLimiter, Repeater, Searcher
from ray.tune.search.optuna import OptunaSearch

from nas_plugins.spaces import DARTS, CostBound, NASBench201, NetworkCost, constrain
from nas_plugins.spaces.errors import DamagedFile, InvalidArchitecture, InvalidArgument, InvalidState
from nas_plugins.tune import RandomSearcher, StrategySearcher
from tests.strategies.tiny_space import TinySpace
from tests.tune.catalogue import CATALOGUE, Entry
from tests.tune.recording_strategy import RecordingStrategy

SPACE = NASBench201()
ITSELF = {"architecture", "predicted_accuracy"}
"""What a searcher adds to a configuration: the architecture, and the score expected of it where one is."""
FIRST, SECOND = str(SPACE[11]), str(SPACE[222])


@pytest.fixture(params=CATALOGUE, ids=lambda entry: entry.name)
def entry(request: pytest.FixtureRequest) -> Entry:
    """One searcher of the catalogue."""
    entry: Entry = request.param
    if entry.needs is not None and not entry.needs.is_file():
        pytest.skip(f"needs the trained weights {entry.needs.name}")
    return entry


def suggest(searcher: Searcher, trial_id: str) -> dict[str, Any]:
    """A suggestion that is a configuration."""
    suggestion = searcher.suggest(trial_id)
    assert isinstance(suggestion, dict)
    return suggestion


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


def run(searcher: Searcher, numbers: range) -> list[dict[str, Any]]:
    """Run trials one after another; their configurations."""
    configurations = []
    for number in numbers:
        configurations.append(suggest(searcher, f"trial{number}"))
        searcher.on_trial_complete(trial_id=f"trial{number}", result={"accuracy": float(number)}, error=False)
    return configurations


def recording(**options: Any) -> tuple[StrategySearcher, list[RecordingStrategy]]:
    """A searcher, and the list in which its strategy will stand once it is built."""
    built: list[RecordingStrategy] = []

    def build(space: Any, seed: int | None) -> RecordingStrategy:
        del seed
        built.append(RecordingStrategy(space, **limits))
        return built[-1]

    limits = {name: options.pop(name) for name in ("limit", "pending") if name in options}
    return StrategySearcher(strategy=build, **options), built


def finished_trial(configuration: dict[str, Any], value: float) -> Trial:
    """A trial of Ray's own that ended well."""
    trial = Trial("no such trainable", config=configuration, stub=True)
    trial.status = Trial.TERMINATED
    trial.run_metadata.last_result = {"accuracy": value, "done": True}
    return trial


# Construction


def test_constructor_follows_rays_order(entry: Entry) -> None:
    """space, metric, mode, points_to_evaluate are positional; seed and evaluated_rewards are keywords; all optional."""
    parameters = inspect.signature(entry.cls).parameters

    assert list(parameters)[:4] == ["space", "metric", "mode", "points_to_evaluate"]
    assert list(parameters)[-2:] == ["seed", "evaluated_rewards"]
    assert all(parameter.default is not inspect.Parameter.empty for parameter in parameters.values())
    assert isinstance(entry.cls(), Searcher)


@pytest.mark.parametrize("method", ["suggest", "on_trial_result", "on_trial_complete", "add_evaluated_point"])
def test_methods_carry_rays_parameter_names(entry: Entry, method: str) -> None:
    """Ray passes arguments by keyword, so names and defaults must be its own."""
    ours, rays = (inspect.signature(getattr(cls, method)).parameters for cls in (entry.cls, Searcher))

    assert list(ours) == list(rays)
    assert [parameter.default for parameter in ours.values()] == [parameter.default for parameter in rays.values()]


def test_set_search_properties_takes_what_the_host_adds(entry: Entry) -> None:
    """Ray adds keywords to this call from time to time."""
    assert entry.cls().set_search_properties("accuracy", "max", {"a": 1}, num_samples=4, stop=None, some_day="x")


def test_construction_loads_nothing_heavy() -> None:
    """Importing and constructing every searcher, and setting its properties, leaves torch alone."""
    names = ", ".join(sorted({entry.cls.__name__ for entry in CATALOGUE}))
    program = (
        f"import sys; from nas_plugins.tune import {names}\n"
        f"for cls in ({names},):\n"
        "    cls(seed=1).set_search_properties('accuracy', 'max', {'dataset': 'digits'})\n"
        "print('torch' in sys.modules, 'sklearn' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert done.stdout.split() == ["False", "False"]


@pytest.mark.parametrize(("metric", "mode"), [(["a", "b"], ["min", "max"]), ("accuracy", "maximum"), (3, "max")])
def test_unusable_objectives_are_refused(entry: Entry, metric: Any, mode: Any) -> None:
    """Several objectives, a mode Ray does not know, a metric that is no name: one clear line, also from the host."""
    if entry.several and isinstance(metric, list):
        pytest.skip("takes several objectives")
    with pytest.raises(InvalidArgument, match="wanted"):
        entry.cls(metric=metric, mode=mode)
    with pytest.raises(InvalidArgument, match="wanted"):
        entry.cls().set_search_properties(metric, mode, {})


def test_unknown_space_is_refused(entry: Entry) -> None:
    """A space nobody knows fails at once, naming those that exist."""
    with pytest.raises(InvalidArgument, match="nasbench201"):
        entry.cls("nasbench2001")


# Suggestions


def test_suggestions_are_canonical_strings_of_the_space(entry: Entry) -> None:
    """A suggestion is the architecture's canonical string, at most with the expected score, and plain JSON."""
    for configuration in run(entry.build(seed=0), range(8)):
        assert set(configuration) <= ITSELF
        assert str(SPACE.parse(configuration["architecture"])) == configuration["architecture"]
        assert json.loads(json.dumps(configuration)) == configuration


def test_same_seed_same_suggestions(entry: Entry) -> None:
    """The seed decides the suggestions."""
    first, again, other = (run(entry.build(seed=seed), range(8)) for seed in (3, 3, 4))

    assert first == again
    assert first != other


def test_constants_are_left_to_the_host(entry: Entry) -> None:
    """Constants of param_space are neither changed nor repeated in the suggestion: Ray merges it into them."""
    searcher = entry.build(seed=0)
    param_space = {"list": [1, 2, 3], "num": 4, "nested": {"x": None}}
    searcher.set_search_properties("accuracy", "max", param_space)

    assert set(suggest(searcher, "1")) <= ITSELF
    assert param_space == {"list": [1, 2, 3], "num": 4, "nested": {"x": None}}


def test_other_domains_are_drawn_within_their_bounds(entry: Entry) -> None:
    """Domains beside the architecture are resolved, nested or in lists, in their types and bounds, by the seed."""
    param_space = {
        "lr": tune.loguniform(1e-4, 1e-1),
        "nested": {"wd": tune.uniform(0, 1), "constant": 7},
        "layers": [tune.randint(1, 4), "fixed"],
        "activation": tune.choice(["relu", "tanh"]),
        "twice": tune.sample_from(lambda spec: 2 * spec.config.lr),
    }
    drawn = []
    for _ in range(2):
        searcher = entry.build(seed=5)
        assert searcher.set_search_properties("accuracy", "max", param_space)
        drawn.append([suggest(searcher, str(number)) for number in range(20)])

    assert drawn[0] == drawn[1]
    for configuration in drawn[0]:
        assert 1e-4 <= configuration["lr"] <= 1e-1
        assert set(configuration["nested"]) == {"wd"}
        assert 0 <= configuration["nested"]["wd"] <= 1
        assert configuration["layers"][0] in (1, 2, 3)
        assert configuration["layers"][1] == "fixed"
        assert configuration["activation"] in ("relu", "tanh")
        assert configuration["twice"] == 2 * configuration["lr"]
    # Each of the two options is missed by all 20 draws with probability 2 * 2^-20; the seed is fixed besides.
    assert {configuration["activation"] for configuration in drawn[0]} == {"relu", "tanh"}


def test_a_dataset_that_is_searched_over_is_drawn_or_refused(entry: Entry) -> None:
    """Who looks at images proposes for one dataset, and says so in one line, whatever else stands in its place."""
    for dataset in (tune.choice(["digits"]), 3, ["digits"]):
        searcher = entry.cls(seed=0)
        searcher.set_search_properties("accuracy", "max", {"dataset": dataset})
        if entry.looks_at_images:
            with pytest.raises(InvalidArgument, match="wanted one dataset") as caught:
                searcher.suggest("1")
            assert "\n" not in str(caught.value)
        else:
            assert suggest(searcher, "1").get("dataset", "digits") == "digits"


def test_domains_do_not_change_the_architectures(entry: Entry) -> None:
    """The search over architectures is the same with and without other domains."""
    plain, beside = entry.build(seed=6), entry.build(seed=6)
    beside.set_search_properties("accuracy", "max", {"lr": tune.uniform(0, 1)})

    assert [c["architecture"] for c in run(plain, range(5))] == [c["architecture"] for c in run(beside, range(5))]


def test_grid_search_is_refused_as_rays_searchers_do(entry: Entry) -> None:
    """A grid in param_space raises ValueError in the words of Ray's own searchers."""
    with pytest.raises(ValueError, match="Grid search parameters cannot be automatically converted"):
        OptunaSearch().set_search_properties("accuracy", "max", {"lr": tune.grid_search([1, 2])})
    with pytest.raises(ValueError, match="Grid search parameters cannot be automatically converted"):
        entry.cls().set_search_properties("accuracy", "max", {"lr": tune.grid_search([1, 2])})


@pytest.mark.parametrize("name", ["architecture", "edge_0_1", "z"])
def test_architectures_searched_by_param_space_are_declined(entry: Entry, name: str) -> None:
    """False, from which Ray makes its own error, when param_space searches what this searcher searches."""
    space = {"0": tune.uniform(0, 1)} if name == "z" else tune.choice(["a", "b"])

    assert entry.cls().set_search_properties("accuracy", "max", {name: space}) is False


# Metric and mode


@pytest.mark.parametrize(("mode", "sign"), [("max", 1), ("min", -1)])
@pytest.mark.parametrize("from_host", [True, False])
def test_mode_turns_the_metric_into_a_score(mode: str, sign: int, from_host: bool) -> None:
    """Strategies maximise: the metric is negated under "min", whoever named metric and mode."""
    searcher, built = recording(**({} if from_host else {"metric": "loss", "mode": mode}))
    if from_host:
        searcher.set_search_properties("loss", mode, {})
    suggest(searcher, "1")
    searcher.on_trial_complete(trial_id="1", result={"loss": 3.0, "accuracy": 9.0}, error=False)

    assert built[0].told == [(SPACE[0], sign * 3.0)]


@pytest.mark.parametrize("mode", ["min", "max"])
def test_mode_alone_means_the_anonymous_metric(entry: Entry, mode: str) -> None:
    """Mode without metric stands for Ray's "_metric", as in Ray's searchers."""
    from_host = entry.cls()
    from_host.set_search_properties(None, mode, {})

    assert (entry.cls(mode=mode).metric, from_host.metric) == ("_metric", "_metric")
    assert (from_host.mode, from_host.set_search_properties("loss", None, {}), from_host.metric) == (mode, True, "loss")


def test_nobody_named_a_metric(caplog: pytest.LogCaptureFixture) -> None:
    """Without set_search_properties (an empty param_space): "_metric", else "accuracy", else nan, and one warning."""
    searcher, built = recording()
    for number, result in enumerate(
        [{"_metric": 1.0, "accuracy": 5.0}, {"accuracy": 2.0}, {"loss": 3.0}, {"loss": 4.0}]
    ):
        suggest(searcher, str(number))
        searcher.on_trial_complete(trial_id=str(number), result=result, error=False)
    scores = [score for _, score in built[0].told]

    assert scores[:2] == [1.0, 2.0]
    assert all(math.isnan(score) for score in scores[2:])
    assert [record.message for record in caplog.records if "told no metric" in record.message] == [
        "StrategySearcher was told no metric (Ray passes it on only together with a param_space) and maximises "
        "'_metric'; pass metric and mode to the searcher itself"
    ]


@pytest.mark.parametrize(("mode", "sign", "verb"), [("max", 1, "maximises"), ("min", -1, "minimises")])
@pytest.mark.parametrize("from_host", [True, False])
def test_a_mode_without_a_metric_still_finds_accuracy(
    mode: str, sign: int, verb: str, from_host: bool, caplog: pytest.LogCaptureFixture
) -> None:
    """Ray's anonymous metric stands for none: "accuracy" is read where trials do not report it, with one warning."""
    searcher, built = recording(**({} if from_host else {"mode": mode}))
    if from_host:
        searcher.set_search_properties(None, mode, {"a": 1})
    for number in range(2):
        suggest(searcher, str(number))
        searcher.on_trial_complete(str(number), {"accuracy": 3.0})
    suggest(searcher, "2")
    searcher.on_trial_complete("2", {"accuracy": 3.0, "_metric": 4.0})

    assert [score for _, score in built[0].told] == [sign * 3.0, sign * 3.0, sign * 4.0]
    assert [f"and {verb} 'accuracy'" in record.message for record in caplog.records] == [True]


def test_a_named_metric_that_trials_do_not_report_is_told_of_once(caplog: pytest.LogCaptureFixture) -> None:
    """A misspelt metric would search in vain without a word; a failed trial, which reports nothing, says nothing."""
    searcher, _ = recording(metric="acuracy", mode="max")
    for number in range(4):
        suggest(searcher, str(number))
        searcher.on_trial_complete(str(number), {"accuracy": 3.0}, error=number == 0)
        assert len(caplog.records) == min(number, 1)

    assert "StrategySearcher found no 'acuracy' in the result of a trial" in caplog.text


# Results


@pytest.mark.parametrize(
    ("result", "error"),
    [
        ({"accuracy": math.nan}, False),
        ({"accuracy": math.inf}, False),
        ({"accuracy": -math.inf}, False),
        ({"accuracy": None}, False),
        ({"accuracy": "high"}, False),
        ({"accuracy": [1.0, 2.0]}, False),
        ({"accuracy": 10**400}, False),
        ({"loss": 1.0}, False),
        ({}, False),
        (None, False),
        (None, True),
        ({"accuracy": 90.0}, True),
    ],
    ids=lambda value: str(value)[:30],
)
def test_invalid_results_are_told_as_nan(result: dict[str, Any] | None, error: bool) -> None:
    """nan, infinities, None, text, no metric, no result or an error: nothing raises, the strategy is told nan."""
    searcher, built = recording(metric="accuracy", mode="max")
    suggest(searcher, "1")
    searcher.on_trial_result("1", result or {})
    searcher.on_trial_complete(trial_id="1", result=result, error=error)

    assert [architecture for architecture, _ in built[0].told] == [SPACE[0]]
    assert math.isnan(built[0].told[0][1])


def test_invalid_values_do_not_stop_the_search(entry: Entry) -> None:
    """Sixteen trials, most of them without a usable value, and the search goes on."""
    searcher = entry.build(metric="accuracy", mode="max", seed=0)
    for number, value in enumerate([math.nan, math.inf, -math.inf, None, 1.0, "x", {}, 1e308] * 2):
        suggest(searcher, str(number))
        searcher.on_trial_complete(trial_id=str(number), result={"accuracy": value}, error=False)

    assert suggest(searcher, "next")


def test_reports_after_completion_and_of_strangers_are_ignored() -> None:
    """A trial completes once; further results, completions and unknown trials are no news."""
    searcher, built = recording(metric="accuracy", mode="max")
    searcher.on_trial_complete(trial_id="stranger", result={"accuracy": 1.0}, error=False)
    suggest(searcher, "1")
    searcher.on_trial_result("1", {"accuracy": 1.0})
    searcher.on_trial_complete(trial_id="1", result={"accuracy": 2.0}, error=False)
    searcher.on_trial_result("1", {"accuracy": 3.0})
    searcher.on_trial_complete(trial_id="1", result={"accuracy": 4.0}, error=False)
    searcher.on_trial_complete("1")

    assert built[0].told == [(SPACE[0], 2.0)]


def test_a_trial_that_ray_ends_without_a_result_counts_with_its_last(entry: Entry, tmp_path: Path) -> None:
    """HyperBand pauses trials and stops them later, winners too: the strategy learns what they reported last.

    The searcher is restored in between.
    """
    plain, paused = (entry.build(metric="accuracy", mode="max", seed=3) for _ in range(2))
    run(plain, range(3))
    for number in range(3):
        suggest(paused, f"trial{number}")
        for value in (99.0, float(number)):
            paused.on_trial_result(f"trial{number}", {"accuracy": value, "training_iteration": 1})
        restored = entry.build()
        restored.restore(save(paused, tmp_path))
        paused = restored
        paused.on_trial_complete(f"trial{number}")

    assert json.dumps(paused.get_state()) == json.dumps(plain.get_state())


def test_a_last_result_is_no_excuse_for_an_error() -> None:
    """A trial that reported and then failed is told as nan; one that never reported and is stopped, too."""
    searcher, built = recording(metric="accuracy", mode="max")
    for number in range(2):
        suggest(searcher, str(number))
    searcher.on_trial_result("0", {"accuracy": 5.0})
    searcher.on_trial_complete("0", error=True)
    searcher.on_trial_complete("1")

    assert [math.isnan(score) for _, score in built[0].told] == [True, True]


def test_states_from_before_last_results_restore(tmp_path: Path) -> None:
    """They have no "reported" and no "failed", and name Ray's anonymous metric where nobody named one."""
    searcher, _ = recording(mode="min")
    suggest(searcher, "0")
    state = {key: value for key, value in searcher.get_state().items() if key not in ("reported", "failed")}
    restored, built = recording()
    restored.set_state(json.loads(json.dumps(state | {"metric": "_metric"})))
    restored.on_trial_complete("0", {"accuracy": 3.0})

    assert built[0].told == [(SPACE[0], -3.0)]


def test_a_failed_trial_that_ends_well_later_is_told_once_more(tmp_path: Path) -> None:
    """``resume_errored`` runs it again under its name, after a restart; other second ends are no news."""
    searcher, _ = recording(metric="accuracy", mode="max")
    suggest(searcher, "0")
    searcher.on_trial_complete("0", error=True)
    resumed, built = recording()
    resumed.restore(save(searcher, tmp_path))
    resumed.on_trial_complete("0", error=True)
    resumed.on_trial_result("0", {"accuracy": 6.0})
    resumed.on_trial_complete("0")
    resumed.on_trial_complete("0", {"accuracy": 7.0})

    assert math.isnan(built[0].told[0][1])
    assert built[0].told[1:] == [(SPACE[0], 6.0)]
    assert resumed.get_state()["completed"] == ["0"]


def test_finished_and_not_now() -> None:
    """An exhausted strategy ends the search with FINISHED; one that waits gives None and goes on after a result."""
    waiting, _ = recording(pending=1)
    suggest(waiting, "1")
    assert waiting.suggest("2") is None
    waiting.on_trial_complete(trial_id="1", result={"accuracy": 1.0}, error=False)
    assert suggest(waiting, "3")

    exhausted, _ = recording(limit=1)
    suggest(exhausted, "1")
    assert exhausted.suggest("2") == Searcher.FINISHED
    assert exhausted.suggest("3") == Searcher.FINISHED


# Points


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


# Save and restore


def save(searcher: Searcher, folder: Path) -> str:
    """Save under the name Ray gives; the path."""
    path = str(folder / "searcher-state-test.pkl")
    searcher.save(path)
    return path


def test_five_restore_five_more_is_ten(entry: Entry, tmp_path: Path) -> None:
    """Five trials, save, restore into a searcher built without arguments, five more: ten in a row, domains included."""
    param_space = {"lr": tune.loguniform(1e-4, 1e-1), "constant": 1}
    whole, first = entry.build(seed=2), entry.build(seed=2)
    for searcher in (whole, first):
        searcher.set_search_properties("accuracy", "max", param_space)
    ten = run(whole, range(10))
    five = run(first, range(5))
    resumed = entry.cls()
    resumed.restore(save(first, tmp_path))
    resumed.set_search_properties("accuracy", "max", param_space)

    assert five + run(resumed, range(5, 10)) == ten


def test_restore_brings_the_domains_back(entry: Entry, tmp_path: Path) -> None:
    """Ray does not repeat param_space when it restores an experiment: every kind of domain is in the state."""
    param_space = {
        "constant": object(),
        "uniform": tune.uniform(-1, 1),
        "quantised": tune.quniform(0, 1, 0.25),
        "nested": {"log": tune.loguniform(1e-4, 1e-1), "qlog": tune.qloguniform(1e-2, 1, 1e-2)},
        "normal": tune.randn(3, 2),
        "qnormal": tune.qrandn(3, 2, 0.5),
        "integers": [tune.randint(1, 9), tune.qrandint(0, 100, 10), tune.lograndint(1, 100), "constant"],
        "choice": tune.choice(["a", 2, None]),
    }
    searcher, blank = entry.build(seed=2), entry.cls()
    searcher.set_search_properties("accuracy", "max", param_space)
    run(searcher, range(3))
    blank.restore(save(searcher, tmp_path))
    expected = run(searcher, range(3, 12))

    assert set(expected[0]) - ITSELF == param_space.keys() - {"constant"}
    assert run(blank, range(3, 12)) == expected


def test_functions_in_param_space_must_be_given_again(entry: Entry, tmp_path: Path) -> None:
    """tune.sample_from cannot be saved as plain data: the restored searcher asks for it, and goes on once it has it."""
    param_space = {"lr": tune.uniform(0, 1), "twice": tune.sample_from(lambda spec: 2 * spec.config.lr)}
    searcher, blank = entry.build(seed=2), entry.cls()
    searcher.set_search_properties("accuracy", "max", param_space)
    run(searcher, range(2))
    blank.restore(save(searcher, tmp_path))
    with pytest.raises(InvalidState, match="param_space"):
        copy.deepcopy(blank).suggest("2")
    blank.set_search_properties("accuracy", "max", param_space)

    assert run(blank, range(2, 5)) == run(searcher, range(2, 5))


def test_restore_into_a_blank_searcher_keeps_pending_trials(entry: Entry, tmp_path: Path) -> None:
    """A blank searcher takes over pending trials, points, metric and mode, with set_search_properties never called."""
    searcher = entry.build(metric="loss", mode="min", points_to_evaluate=[{"architecture": FIRST}] * 3, seed=0)
    suggest(searcher, "completed")
    searcher.on_trial_complete(trial_id="completed", result={"loss": 1.0}, error=False)
    suggest(searcher, "2")
    suggest(searcher, "not_completed")
    blank = entry.cls()
    blank.restore(save(searcher, tmp_path))
    blank.on_trial_complete(trial_id="2", result={"loss": 1.0}, error=False)

    assert suggest(blank, "3")
    assert set(blank.get_state()["pending"]) == {"not_completed", "3"}
    assert (blank.metric, blank.mode) == ("loss", "min")


def test_restore_before_anything_was_suggested(entry: Entry, tmp_path: Path) -> None:
    """Points, rewards and seed survive a save before the strategy exists."""
    points = [{"architecture": FIRST, "lr": 0.1}]
    fresh = entry.build(points_to_evaluate=points, seed=4)
    blank = entry.build(seed=99)
    blank.restore(save(fresh, tmp_path))
    assert run(blank, range(4)) == run(fresh, range(4))

    taught = entry.build(points_to_evaluate=[run(entry.build(seed=4), range(1))[0]], evaluated_rewards=[1.0], seed=4)
    blank = entry.build(seed=99)
    blank.restore(save(taught, tmp_path))
    assert run(blank, range(4)) == run(taught, range(4))


def test_pending_results_reach_the_restored_strategy(tmp_path: Path) -> None:
    """A result of a trial started before the save is told after the restore, under its own architecture."""
    searcher, _ = recording(metric="accuracy", mode="max")
    for number in range(3):
        suggest(searcher, str(number))
    resumed, built = recording()
    resumed.restore(save(searcher, tmp_path))
    resumed.on_trial_complete(trial_id="1", result={"accuracy": 7.0}, error=False)

    assert built[-1].told == [(SPACE[1], 7.0)]


def test_the_state_is_plain_versioned_json(entry: Entry, tmp_path: Path) -> None:
    """A saved searcher is a JSON file that says what it is and which version; no pickle, nothing left beside it."""
    searcher = entry.build(seed=0)
    run(searcher, range(2))
    state = json.loads(Path(save(searcher, tmp_path)).read_text())

    assert state["kind"] == "nas_plugins searcher"
    assert state["version"] == 1
    assert [path.name for path in tmp_path.iterdir()] == ["searcher-state-test.pkl"]


def test_damaged_and_foreign_files_are_refused(entry: Entry, tmp_path: Path) -> None:
    """Missing, empty, truncated, pickled or other JSON files: DamagedFile, and the searcher is as it was."""
    searcher = entry.build(seed=0)
    run(searcher, range(2))
    path = Path(save(searcher, tmp_path))
    whole = path.read_bytes()
    before = searcher.get_state()
    with pytest.raises(DamagedFile):
        searcher.restore(str(tmp_path / "no such file"))
    for content in (b"", whole[: len(whole) // 2], pickle.dumps({"a": 1}), b"[]", b'{"kind": "other"}'):
        path.write_bytes(content)
        with pytest.raises(DamagedFile):
            searcher.restore(str(path))

    assert searcher.get_state() == before


def test_states_of_others_are_refused(entry: Entry, tmp_path: Path) -> None:
    """Another searcher's, version's or space's state, or one with parts missing: InvalidState, and nothing changes."""
    searcher = entry.build(seed=0)
    run(searcher, range(2))
    state = searcher.get_state()
    foreign = [
        state | {"version": 2},
        state | {"searcher": "SomeoneElse"},
        state | {"space": "no such space"},
        state | {"pending": {"1": "no architecture"}},
        state | {"strategy": {"strategy": "no such strategy"}},
        state | {"generator": {"bit_generator": "none"}},
        {key: value for key, value in state.items() if key != "points"},
    ]
    for wrong in foreign:
        path = tmp_path / "state.json"
        path.write_text(json.dumps(wrong))
        with pytest.raises(InvalidState):
            searcher.restore(str(path))
        assert searcher.get_state() == state


def test_save_to_dir_and_restore_from_dir(entry: Entry, tmp_path: Path) -> None:
    """The two methods by which Ray checkpoints an experiment work."""
    searcher = entry.build(seed=0)
    run(searcher, range(3))
    searcher.save_to_dir(str(tmp_path), "2026-01-01")
    blank = entry.cls()
    blank.restore_from_dir(str(tmp_path))

    assert run(blank, range(3, 6)) == run(searcher, range(3, 6))


def test_copies_go_their_own_way(entry: Entry) -> None:
    """Deep copies and cloudpickle copies, before and after the first suggestion, suggest what the original would."""
    searcher = entry.build(seed=0)
    for numbers in (range(2), range(2, 4)):
        copies = [copy.deepcopy(searcher), cloudpickle.loads(cloudpickle.dumps(searcher))]
        expected = run(searcher, numbers)
        assert [run(twin, numbers) for twin in copies] == [expected, expected]


def test_bounds_do_not_get_lost_between_save_and_restore(entry: Entry, tmp_path: Path) -> None:
    """A state saved within bounds is refused without them and within others, and the other way round; else it goes on.

    A refusal leaves a searcher as it was. States of earlier versions say nothing of bounds, and restore, but not where
    another space would have to replace the one within bounds.
    """
    within, looser, elsewhere = (
        constrain(space, [CostBound(NetworkCost(space), bound)])
        for space, bound in ((SPACE, 60e6), (SPACE, 80e6), (DARTS(), 400e6))
    )
    searcher = entry.build(space=within, metric="accuracy", mode="max", seed=1)
    suggest(searcher, "0")
    searcher.save(str(tmp_path / "within"))
    entry.build(metric="accuracy", mode="max", seed=1).save(str(tmp_path / "without"))
    for other, name in (
        (entry.build(), "within"),
        (entry.build(space=looser), "within"),
        (entry.build(space=within), "without"),
    ):
        before = other.get_state()
        with pytest.raises(InvalidState, match="bounds"):
            other.restore(str(tmp_path / name))
        assert other.get_state() == before
    restored = entry.build(space=constrain(NASBench201(), within.bounds))
    restored.restore(str(tmp_path / "within"))
    earlier = {key: value for key, value in restored.get_state().items() if key != "bounds"} | {"strategy": None}
    entry.build(space=within).set_state(earlier)

    assert suggest(restored, "1") == suggest(searcher, "1")
    with pytest.raises(InvalidState, match="space 'darts'"):
        entry.build(space=elsewhere).set_state(earlier)


def test_another_space_travels_with_the_state(tmp_path: Path) -> None:
    """A space that has no public name restores into a searcher that was given it, and into no other."""
    searcher = RandomSearcher(TinySpace(), seed=0)
    expected = copy.deepcopy(searcher)
    run(searcher, range(3))
    run(expected, range(3))
    path = save(searcher, tmp_path)
    same = RandomSearcher(TinySpace())
    same.restore(path)

    assert run(same, range(3, 6)) == run(expected, range(3, 6))
    with pytest.raises(InvalidState):
        RandomSearcher().restore(path)


# Under Ray's wrappers


def test_concurrency_limiter(entry: Entry) -> None:
    """Two at a time, a third only after a completion; the limiter's own state and ours restore together."""
    limiter = ConcurrencyLimiter(entry.build(metric="accuracy", mode="max", seed=0), max_concurrent=2)
    suggest(limiter, "1")
    suggest(limiter, "2")
    assert limiter.suggest("3") is None
    limiter.on_trial_complete("1", {"accuracy": 1.0})
    third = suggest(limiter, "3")
    assert limiter.suggest("4") is None

    again = ConcurrencyLimiter(entry.build(metric="accuracy", mode="max", seed=0), max_concurrent=9)
    again.searcher.set_state(limiter.searcher.get_state())
    again.set_state(limiter.get_state())
    assert again.suggest("4") is None
    again.on_trial_complete("2", {"accuracy": 1.0})
    limiter.on_trial_complete("2", {"accuracy": 1.0})
    fourth = suggest(again, "4")
    assert fourth == suggest(limiter, "4")
    assert fourth != third


def test_batch_limiter() -> None:
    """In batches the strategy is told when the whole batch is done; an exhausted batch still ends."""
    searcher, built = recording(metric="accuracy", mode="max", limit=3)
    limiter = ConcurrencyLimiter(searcher, max_concurrent=2, batch=True)
    suggest(limiter, "1")
    suggest(limiter, "2")
    limiter.on_trial_complete("1", {"accuracy": 1.0})
    assert built[0].told == []
    assert limiter.suggest("3") is None
    limiter.on_trial_complete("2", {"accuracy": 2.0})
    assert len(built[0].told) == 2
    suggest(limiter, "3")
    assert limiter.suggest("4") == Searcher.FINISHED
    limiter.on_trial_complete("3", {"accuracy": 3.0})

    assert len(built[0].told) == 3


def test_set_max_concurrency_is_left_to_the_limiter(entry: Entry) -> None:
    """The searcher claims no limit of its own, so that the limiter's holds."""
    assert entry.cls().set_max_concurrency(4) is False


def test_repeater() -> None:
    """Each architecture runs three times, numbered, and the strategy is told the mean once."""
    searcher, built = recording(metric="accuracy", mode="max")
    repeater = Repeater(searcher, repeat=3)
    configurations = [suggest(repeater, str(number)) for number in range(6)]
    for number in range(6):
        repeater.on_trial_complete(str(number), {"accuracy": float(number)})

    assert [c["architecture"] for c in configurations] == [str(SPACE[0])] * 3 + [str(SPACE[1])] * 3
    assert [c["__trial_index__"] for c in configurations] == [0, 1, 2] * 2
    assert built[0].told == [(SPACE[0], 1.0), (SPACE[1], 4.0)]
