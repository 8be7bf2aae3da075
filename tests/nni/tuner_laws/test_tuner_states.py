"""Experiments that are stopped and go on."""

import json
from pathlib import Path
from typing import Any

import pytest

from nas_plugins.nni import final_result
from nas_plugins.nni.strategy_tuner import STATE_FILE
from nas_plugins.spaces import CostBound, NASBench201, NetworkCost, constrain
from nas_plugins.spaces.errors import InvalidState
from tests.nni.catalogue import Entry
from tests.nni.tuner_laws.trials import recording, run

SPACE = NASBench201()


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
