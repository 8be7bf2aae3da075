"""Recorded trainings lived through on a simulated clock, driven by hand; no Ray process is started."""

from pathlib import Path
from typing import Any

import pytest

from nas_plugins.evaluation import load_benchmark
from nas_plugins.evaluation.curve_point import CurvePoint
from nas_plugins.evaluation.enumerated_table import EnumeratedTable
from nas_plugins.spaces.errors import InvalidArgument
from nas_plugins.tune import SimulatedBudget, SimulatedTrial, simulated_trial
from tests.tune.curves import EPOCHS, SPACE, curve_table

CELL = SPACE[123]  # heights 73, 104 seconds an epoch


def reports(trial: Any) -> list[dict[str, Any]]:
    """What Ray would see of a trial."""
    seen = [trial.train()]
    while not seen[-1]["done"]:
        seen.append(trial.train())
    return seen


def test_a_curve_is_reported_with_its_recorded_seconds() -> None:
    """Every recorded number of epochs is a step; Ray's own times are the recorded ones."""
    seen = reports(simulated_trial(curve_table())({"architecture": str(CELL)}))

    assert [report["epoch"] for report in seen] == list(EPOCHS)
    assert [report["accuracy"] for report in seen] == [73 * epochs / 8 for epochs in EPOCHS]
    assert [report["time_total_s"] for report in seen] == [104 * epochs for epochs in EPOCHS]
    assert [report["time_this_iter_s"] for report in seen] == [104, 104, 208, 416]


def test_a_table_without_curves_is_one_step() -> None:
    """The table that needs no file: 200 epochs, hours in one report."""
    table = load_benchmark("nasbench201/cifar10")
    [report] = reports(SimulatedTrial({"table": "nasbench201/cifar10", "architecture": str(CELL)}))

    assert report["accuracy"] == table.score(CELL)
    assert report["time_total_s"] == report["seconds"] == table.seconds(CELL)
    assert table.curve(CELL) == (CurvePoint(200, table.score(CELL), table.seconds(CELL)),)


def test_a_paused_trial_goes_on_where_it_stood(tmp_path: Path) -> None:
    """Checkpoint and restore through Ray's own methods: the same points and the same total."""
    whole = reports(simulated_trial(curve_table())({"architecture": str(CELL)}))
    first = simulated_trial(curve_table())({"architecture": str(CELL)})
    first.train()
    first.train()
    saved = first.save(str(tmp_path))
    second = simulated_trial(curve_table())({"architecture": str(CELL)})
    second.restore(saved)
    times = ("epoch", "accuracy", "time_total_s")

    assert [[r[key] for key in times] for r in reports(second)] == [[r[key] for key in times] for r in whole[2:]]


def test_a_reused_trial_starts_its_clock_anew() -> None:
    """The next configuration in the same process begins at zero."""
    trial = simulated_trial(curve_table())({"architecture": str(SPACE[5])})
    trial.train()
    trial.reset({"architecture": str(CELL)})

    assert trial.train()["time_total_s"] == 104


def test_a_table_without_seconds_is_refused() -> None:
    """There is no clock to simulate."""
    table = curve_table(with_seconds=False)
    with pytest.raises(InvalidArgument, match="training seconds"):
        simulated_trial(table)({"architecture": str(CELL)}).step()


def test_curves_end_with_the_setting_of_the_benchmark() -> None:
    """A table opened at four epochs says nothing of eight."""
    whole = curve_table()
    short = EnumeratedTable(
        "short", SPACE, next(s for s in whole.settings if s.epochs == 4), scores=whole._scores, advice=""
    )

    assert [point.epochs for point in short.curve(CELL)] == [1, 2, 4]


def test_a_budget_adds_up_what_trials_report() -> None:
    """Worker-seconds: two workers have twice the time; the trial that crosses the line is the last."""
    budget = SimulatedBudget(100, workers=2)
    stopped = [budget(*event) for event in (("a", {"time_total_s": 60}), ("b", {"time_total_s": 60}))]
    stopped += [budget("a", {"time_total_s": 140}), budget("b", {"time_total_s": 90})]

    assert stopped == [False, False, True, True]
    assert budget.stop_all()
    assert budget.spent == 230
    for wrong in ((0, 1), (-1, 1), (float("nan"), 1), (5, 0)):
        with pytest.raises(InvalidArgument, match="wanted seconds"):
            SimulatedBudget(*wrong)
