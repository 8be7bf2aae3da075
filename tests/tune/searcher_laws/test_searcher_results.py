"""What becomes of results: good ones, no numbers, late ones, and none at all."""

import json
import math
from pathlib import Path
from typing import Any

import pytest
from ray.tune.search import Searcher

from tests.tune.catalogue import Entry
from tests.tune.searcher_laws.without_ray import SPACE, recording, run, save, suggest


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
