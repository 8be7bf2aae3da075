"""What a final result says beside the metric, and how it is read again."""

import json
import math
from types import SimpleNamespace
from typing import Any

import nni
import pytest

from nas_plugins.nni import Trial
from nas_plugins.nni.experiment import _record
from nas_plugins.nni.metric import read_hyperparameters
from nas_plugins.spaces import NASBench201

CELL = str(NASBench201()[7])


def reported(monkeypatch: pytest.MonkeyPatch, parameters: dict[str, Any], *, fails: bool = False) -> dict[str, Any]:
    """The final result of a trial with these parameters."""
    results: list[dict[str, Any]] = []
    monkeypatch.setattr(nni, "get_next_parameter", lambda: parameters)
    monkeypatch.setattr(nni, "report_final_result", results.append)
    try:
        with Trial("nasbench201") as trial:
            if fails:
                raise ZeroDivisionError("no data")
            trial.final(61.5)
    except ZeroDivisionError:
        pass
    (result,) = results
    return result


@pytest.mark.parametrize("fails", [False, True])
def test_a_result_says_what_else_the_trial_was_given(monkeypatch: pytest.MonkeyPatch, fails: bool) -> None:
    """Whatever parameters NNI shows beside it; a record read from NNI's export has them."""
    result = reported(monkeypatch, {"architecture": CELL, "momentum": 0.9, "batch_size": 64}, fails=fails)
    shown = SimpleNamespace(trialJobId="job", parameter={"momentum": 0.8}, value=json.dumps(result))
    record = _record(shown)
    assert record.architecture == CELL
    assert record.hyperparameters == {"momentum": 0.9, "batch_size": 64}
    assert math.isnan(record.value) if fails else record.value == 61.5
    assert (record.error is not None) == fails


def test_an_architecture_alone_is_not_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    space = NASBench201()
    for parameters in ({"architecture": CELL}, space.to_choices(space[7])):
        assert set(reported(monkeypatch, dict(parameters))) == {"default", "architecture"}


@pytest.mark.parametrize("told", [None, 3, "no json", "[1]", "{"])
def test_foreign_parameters_are_none(told: object) -> None:
    assert read_hyperparameters({"default": 1.0, "hyperparameters": told}) == {}
    assert read_hyperparameters(told) == {}
