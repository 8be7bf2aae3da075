"""The laws every tuner obeys that NNI drives, over the catalogue of tuners; no NNI process is started."""

import inspect
import json
import math
from pathlib import Path
from typing import Any

import nni
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from nni.tuner import Tuner

from nas_plugins.nni import ALGORITHMS, RandomTuner, StrategyTuner, final_result, validators
from nas_plugins.nni.strategy_tuner import STATE_FILE
from nas_plugins.spaces import CostBound, NASBench201, NetworkCost, constrain
from nas_plugins.spaces.errors import AskLater, InvalidArgument, InvalidState
from tests.catalogue_fixture import catalogue_fixture
from tests.nni.catalogue import CATALOGUE, Entry
from tests.nni.dispatching import Dispatching
from tests.tune.recording_strategy import RecordingStrategy

SPACE = NASBench201()
ITSELF = {"architecture", "predicted_accuracy"}
CHOICES = {name: {"_type": "choice", "_value": list(options)} for name, options in SPACE.choices().items()}


entry = catalogue_fixture(CATALOGUE)
"""One tuner of the catalogue."""


@pytest.fixture
def checkpoints(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The checkpoint folder of an experiment, as NNI announces it."""
    folder = tmp_path / "experiment" / "checkpoint"
    folder.mkdir(parents=True)
    monkeypatch.setenv("NNI_CHECKPOINT_DIRECTORY", str(folder))
    return folder


def recording(**options: Any) -> tuple[StrategyTuner, list[RecordingStrategy]]:
    """A tuner, and the list in which its strategy will stand once it is built."""
    built: list[RecordingStrategy] = []
    limits = {name: options.pop(name) for name in ("limit", "pending") if name in options}

    def build(space: Any, seed: int | None) -> RecordingStrategy:
        del seed
        built.append(RecordingStrategy(space, **limits))
        return built[-1]

    return StrategyTuner(build, **options), built


@pytest.mark.parametrize("entry", ["a", 3, None, ["b"]])
def test_imported_entries_that_are_none_are_passed_over(entry: Any, caplog: pytest.LogCaptureFixture) -> None:
    """With a warning, and the rest is learned."""
    tuner, built = recording()
    tuner.import_data([entry, {"parameter": {"architecture": str(SPACE[4])}, "value": 2.0}])
    tuner.generate_parameters(0)
    assert built[0].told == [(SPACE[4], 2.0)]
    assert "passed over" in caplog.text


def test_an_entry_without_values_is_refused_by_name() -> None:
    """NNI itself asserts, without a word."""
    tuner, _ = recording()
    with pytest.raises(InvalidArgument, match=r"'lr'.*not empty"):
        tuner.update_search_space({"lr": {"_type": "choice", "_value": []}})


def run(tuner: StrategyTuner, numbers: range) -> list[str]:
    """Run trials one after another; their architectures."""
    architectures = []
    for number in numbers:
        (parameters,) = tuner.generate_multiple_parameters([number])
        architectures.append(parameters["architecture"])
        score = SPACE.index(SPACE.parse(architectures[-1])) % 97
        tuner.receive_trial_result(number, parameters, final_result(architectures[-1], score))
        tuner.trial_end(number, True)
    return architectures


# Construction


def test_every_tuner_constructs_without_arguments(entry: Entry) -> None:
    """It is a tuner of NNI, and every argument has a default that YAML can write."""
    assert isinstance(entry.cls(), Tuner)
    for parameter in inspect.signature(entry.cls).parameters.values():
        assert parameter.default is not inspect.Parameter.empty
        assert json.loads(json.dumps(parameter.default)) == parameter.default


@pytest.mark.parametrize(
    "arguments",
    [{"space": "nasbench2001"}, {"optimize_mode": "max"}, {"seed": -1}, {"seed": 1.5}, {"metric": 3}, {"sede": 1}],
    ids=str,
)
def test_wrong_class_args_are_refused(entry: Entry, arguments: dict[str, Any]) -> None:
    """By the validator NNI asks, in one line that says what was wanted."""
    validator = getattr(validators, f"{entry.builtin}ArgsValidator")()
    validator.validate_class_args(seed=3, optimize_mode="minimize")
    with pytest.raises(InvalidArgument, match="wanted") as error:
        validator.validate_class_args(**arguments)
    assert "\n" not in str(error.value)


def test_every_tuner_is_in_the_registration_file(entry: Entry) -> None:
    """Under a name NNI does not use, with class and validator that can be imported."""
    algorithms = {entry["builtinName"]: entry for entry in yaml.safe_load(ALGORITHMS.read_text())["algorithms"]}
    algorithm = algorithms[f"NasPlugins{entry.builtin}"]

    assert algorithm["algoType"] == "tuner"
    assert algorithm["className"] == f"nas_plugins.nni.{entry.cls.__name__}"
    assert algorithm["classArgsValidator"] == f"nas_plugins.nni.validators.{entry.builtin}ArgsValidator"
    assert {name.removeprefix("NasPlugins") for name in algorithms} == {entry.builtin for entry in CATALOGUE}


def test_a_dataset_is_refused_where_nobody_looks_at_it() -> None:
    with pytest.raises(InvalidArgument, match="looks at no images"):
        StrategyTuner("bayesian", dataset="digits")
    with pytest.raises(InvalidArgument, match="wanted a strategy out of"):
        StrategyTuner("annealing")


# Parameters


def test_parameters_are_canonical_strings_of_the_space(entry: Entry) -> None:
    """Plain JSON: the architecture, at most with the score expected of it."""
    tuner = entry.build(seed=0)
    for parameters in tuner.generate_multiple_parameters(list(range(6))):
        assert set(parameters) <= ITSELF
        assert str(SPACE.parse(parameters["architecture"])) == parameters["architecture"]
        assert json.loads(json.dumps(parameters)) == parameters


def test_same_seed_same_parameters(entry: Entry) -> None:
    """The seed decides."""
    first, again, other = (run(entry.build(seed=seed), range(8)) for seed in (3, 3, 4))

    assert first == again
    assert first != other


def test_choices_in_the_search_space_are_filled_in(entry: Entry) -> None:
    """So that NNI's pages show a column per decision, and other tuners can search the same file."""
    tuner = entry.build(seed=0)
    tuner.update_search_space(CHOICES)
    (parameters,) = tuner.generate_multiple_parameters([0])

    assert set(parameters) <= ITSELF | set(CHOICES)
    assert str(SPACE.from_choices({name: parameters[name] for name in CHOICES})) == parameters["architecture"]


def test_other_entries_are_drawn_within_their_bounds(entry: Entry) -> None:
    """By a generator of the tuner's own: the architectures are the same with and without."""
    search_space = {
        "learning_rate": {"_type": "loguniform", "_value": [1e-4, 1e-1]},
        "epochs": {"_type": "randint", "_value": [2, 5]},
        "flip": {"_type": "choice", "_value": [True, False]},
    }
    beside, plain = entry.build(seed=5), entry.build(seed=5)
    beside.update_search_space(search_space)
    drawn = beside.generate_multiple_parameters(list(range(5)))

    for parameters in drawn:
        assert 1e-4 <= parameters["learning_rate"] <= 1e-1
        assert parameters["epochs"] in (2, 3, 4)
        assert parameters["flip"] in (True, False)
    architectures = [parameters["architecture"] for parameters in plain.generate_multiple_parameters(list(range(5)))]
    assert [parameters["architecture"] for parameters in drawn] == architectures


@pytest.mark.parametrize(
    "search_space",
    [
        [1],
        {"x": 3},
        {"x": {"_type": "choice"}},
        {"x": {"_type": "layer_choice", "_value": ["a"]}},
        {"architecture": {"_type": "choice", "_value": ["a"]}},
        {"z": {"_type": "uniform", "_value": [0, 1]}},
        {"edge_0_1": CHOICES["edge_0_1"]},
        CHOICES | {"edge_0_1": {"_type": "choice", "_value": ["none"]}},
    ],
    ids=str,
)
def test_search_spaces_that_cannot_be_searched_are_refused(search_space: Any) -> None:
    """Half an architecture, fewer operations than the space has, what NNI does not know: one clear line."""
    with pytest.raises(InvalidArgument, match="wanted"):
        RandomTuner().update_search_space(search_space)


# Results


@pytest.mark.parametrize(("mode", "sign"), [("maximize", 1), ("minimize", -1)])
@pytest.mark.parametrize("form", ["number", "dictionary", "named metric"])
def test_results_become_scores(mode: str, sign: int, form: str) -> None:
    """Numbers, dictionaries with "default" and a metric of another name; strategies maximise."""
    tuner, built = recording(optimize_mode=mode, metric="loss" if form == "named metric" else "default")
    value = {"number": 3.0, "dictionary": {"default": 3}, "named metric": {"default": 9, "loss": 3.0}}[form]
    (parameters,) = tuner.generate_multiple_parameters([7])
    tuner.receive_trial_result(7, parameters, value)

    assert built[0].told == [(SPACE[0], sign * 3.0)]


@pytest.mark.parametrize("value", [None, "high", {}, {"default": None}, [1], math.nan, math.inf, True, "", {"loss": 2}])
def test_results_that_are_no_number_are_failed_trials(value: Any) -> None:
    tuner, built = recording()
    (parameters,) = tuner.generate_multiple_parameters([0])
    tuner.receive_trial_result(0, parameters, value)

    assert built[0].told[0][0] == SPACE[0]
    assert math.isnan(built[0].told[0][1])


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_whatever_nni_pairs_scores_are_of_their_architectures(data: st.DataObject) -> None:
    """Results that name their architecture are told of it, under any number, in any order, twice or never."""
    tuner, built = recording()
    parameters = tuner.generate_multiple_parameters(list(range(6)))
    truth = {p["architecture"]: float(number) for number, p in enumerate(parameters)}
    for _ in range(data.draw(st.integers(0, 12))):
        number, really = data.draw(st.integers(0, 5)), data.draw(st.sampled_from(sorted(truth)))
        tuner.receive_trial_result(number, "", final_result(really, truth[really]), trial_job_id=f"job{number}")
        tuner.trial_end(data.draw(st.integers(0, 8)), data.draw(st.booleans()))
        if data.draw(st.booleans()):
            tuner.generate_multiple_parameters([100 + len(built[0].asked)])

    assert all(truth[str(cell)] == score for cell, score in built[0].told if not math.isnan(score))


def test_nni_forgets_the_parameters_of_a_short_batch() -> None:
    """A batch cut short overwrites them in NNI's dispatcher; the tuner keeps its own."""
    tuner, built = recording(limit=3)
    dispatching = Dispatching(tuner)
    jobs = dispatching.request(4)
    for job in jobs:
        dispatching.final(job, 10.0 + job["parameter_id"])

    assert (len(jobs), dispatching.no_more) == (3, 1)
    assert built[0].told == [(SPACE[number], 10.0 + number) for number in range(3)]


def test_a_strategy_that_waits_is_served_later() -> None:
    """NNI cannot be told to ask again: what is owed follows with the results, and nothing is asked for twice."""
    tuner, built = recording(pending=2)
    dispatching = Dispatching(tuner)
    first = dispatching.request(4)
    assert len(first) == 2
    for job in first:
        dispatching.final(job, 1.0)

    assert [job["parameters"]["architecture"] for job in dispatching.jobs] == [str(SPACE[n]) for n in range(4)]
    assert [job["parameter_id"] for job in dispatching.jobs] == [0, 1, 2, 3]
    with pytest.raises(AskLater):
        built[0].ask()


def test_generate_parameters_ends_as_nni_wants() -> None:
    """One by one: NoMoreTrialError when nothing is left."""
    tuner, _ = recording(limit=1)
    tuner.generate_parameters(0)
    with pytest.raises(nni.NoMoreTrialError):
        tuner.generate_parameters(1)


def test_customized_trials_teach_too() -> None:
    """A trial a user adds on NNI's page is learned from, if it names an architecture."""
    tuner, built = recording()
    tuner.receive_trial_result(5, {"architecture": str(SPACE[9])}, 4.0, customized=True)
    tuner.receive_trial_result(6, {"lr": 0.1}, 5.0, customized=True)

    assert built[0].told == [(SPACE[9], 4.0)]


# Lost trials


def test_a_trial_that_reports_nothing_has_failed() -> None:
    """Its architecture is told nan, at the next request."""
    tuner, built = recording()
    dispatching = Dispatching(tuner)
    job, other = dispatching.request(2)
    dispatching.end(job, "FAILED")
    dispatching.request(1)

    assert [str(cell) for cell, score in built[0].told if math.isnan(score)] == [job["parameters"]["architecture"]]
    dispatching.final(other, 2.0)
    assert built[0].told[-1] == (SPACE[1], 2.0)


def test_nnis_wrong_name_of_a_failed_trial_misleads_nobody() -> None:
    """Trials a and b got each other's parameters; b, which ran a's architecture, dies, and NNI says that b's failed."""
    tuner, built = recording()
    dispatching = Dispatching(tuner)
    a, b = dispatching.request(2)
    dispatching.end(b, "FAILED")  # it ran a's architecture
    dispatching.final(b, final_result(b["parameters"]["architecture"], 5.0), job_id="job0")  # trial a reports b's
    dispatching.end(a, "SUCCEEDED")
    dispatching.request(1)

    assert built[0].told[0] == (SPACE[1], 5.0)
    assert built[0].told[1][0] == SPACE[0]
    assert math.isnan(built[0].told[1][1])
    assert len(built[0].told) == 2


# Saving and resuming


def test_resuming_continues_the_very_sequence(entry: Entry, checkpoints: Path) -> None:
    """Six trials, a new process, six more: the same twelve as in a row. Ids start anew, as NNI's do."""
    unbroken = run(entry.build(seed=2), range(12))
    before = run(entry.build(seed=2), range(6))
    resumed = entry.build()
    resumed.load_checkpoint()
    resumed.update_search_space({})
    resumed.import_data([])

    assert before + run(resumed, range(1, 7)) == unbroken
    assert json.loads((checkpoints / STATE_FILE).read_text())["kind"] == "nas_plugins tuner"


def test_results_on_record_beyond_the_state_are_learned_once(checkpoints: Path) -> None:
    """NNI's record has parameters paired wrongly; what the results name counts."""
    del checkpoints
    tuner, _ = recording()
    parameters = tuner.generate_multiple_parameters([0, 1, 2])
    tuner.receive_trial_result(0, "", final_result(SPACE[0], 1.0), trial_job_id="job0")
    resumed, built = recording()
    resumed.load_checkpoint()
    resumed.import_data(
        [
            {"parameter": parameters[0], "value": final_result(SPACE[0], 1.0), "trialJobId": "job0"},
            {"parameter": parameters[2], "value": final_result(SPACE[1], 2.0), "trialJobId": "job1"},
            {"parameter": parameters[1], "value": 3.0, "trialJobId": "job2"},
        ]
    )

    assert built[-1].told == [(SPACE[0], 1.0), (SPACE[1], 2.0)]


def test_architectures_nobody_runs_again_are_handed_out_anew(checkpoints: Path) -> None:
    """Killed between the request and the start of trials: nothing is skipped."""
    del checkpoints
    tuner, _ = recording()
    tuner.generate_multiple_parameters([0, 1, 2])
    resumed, _ = recording()
    resumed.load_checkpoint()
    again = resumed.generate_multiple_parameters([1, 2, 3, 4])

    assert [parameters["architecture"] for parameters in again] == [str(SPACE[number]) for number in range(4)]


@pytest.mark.parametrize("content", ["", "{", "[]", '{"kind": "nas_plugins tuner"}', "null", "\x00\xff"])
def test_a_damaged_state_is_replaced_by_nnis_record(
    checkpoints: Path, content: str, caplog: pytest.LogCaptureFixture
) -> None:
    """One line says so, and the results on record are learned."""
    (checkpoints / STATE_FILE).write_text(content, encoding="latin-1")
    tuner, built = recording()
    tuner.load_checkpoint()
    tuner.import_data([{"parameter": {}, "value": final_result(SPACE[4], 2.0), "trialJobId": "job4"}])

    assert built[0].told == [(SPACE[4], 2.0)]
    assert any("cannot be used" in record.message for record in caplog.records)


def test_a_state_of_another_tuner_is_refused(entry: Entry) -> None:
    """And the tuner is left as it was."""
    tuner = entry.build(seed=1)
    state = tuner.get_state()
    for change in ({"tuner": "OtherTuner"}, {"space": "other"}, {"version": 99}, {"kind": "x"}, {"ledger": None}):
        with pytest.raises(InvalidState, match="wanted"):
            tuner.set_state(state | change)
    assert tuner.get_state() == state


def test_a_state_of_other_bounds_is_refused(entry: Entry) -> None:
    """Bounds do not get lost: a state is taken within the bounds it was saved in, and nowhere else."""
    within = constrain(SPACE, [CostBound(NetworkCost(SPACE), 60e6)])
    state = json.loads(json.dumps(entry.build(space=within, seed=1).get_state()))
    entry.build(space=within).set_state(state)
    with pytest.raises(
        InvalidState, match="a search without bounds, got one within multiply_adds of at most 60,000,000"
    ):
        entry.build().set_state(state)
    with pytest.raises(InvalidState, match="got one without bounds"):
        entry.build(space=within).set_state(entry.build().get_state())


def test_a_full_disk_ends_no_search(checkpoints: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The earlier state stands, and trials go on."""
    tuner, _ = recording()
    tuner.generate_multiple_parameters([0])
    before = (checkpoints / STATE_FILE).read_text()

    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("nas_plugins.nni.strategy_tuner.write_json", full)
    assert len(tuner.generate_multiple_parameters([1, 2])) == 2
    assert (checkpoints / STATE_FILE).read_text() == before


def test_user_imports_are_learned() -> None:
    """`nnictl experiment import` names no trials; its parameters are what the user says."""
    tuner, built = recording()
    tuner.import_data(
        [
            {"parameter": {"architecture": str(SPACE[3])}, "value": 1.5},
            {"parameter": dict(SPACE.to_choices(SPACE[5])), "value": {"default": 2}},
            {"parameter": {"x": 1}, "value": 7},
            {"parameter": None, "value": None},
        ]
    )

    assert built[0].told == [(SPACE[3], 1.5), (SPACE[5], 2.0)]
