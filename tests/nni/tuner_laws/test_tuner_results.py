"""What tuners learn from what trials report."""

import math
from typing import Any

import nni
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nas_plugins.nni import final_result
from nas_plugins.spaces import NASBench201
from nas_plugins.spaces.errors import AskLater
from tests.nni.dispatching import Dispatching
from tests.nni.tuner_laws.trials import recording

SPACE = NASBench201()


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


@pytest.mark.parametrize("entry", ["a", 3, None, ["b"]])
def test_imported_entries_that_are_none_are_passed_over(entry: Any, caplog: pytest.LogCaptureFixture) -> None:
    """With a warning, and the rest is learned."""
    tuner, built = recording()
    tuner.import_data([entry, {"parameter": {"architecture": str(SPACE[4])}, "value": 2.0}])
    tuner.generate_parameters(0)
    assert built[0].told == [(SPACE[4], 2.0)]
    assert "passed over" in caplog.text
