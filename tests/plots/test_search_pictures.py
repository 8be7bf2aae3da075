"""Pictures of predictions, searches and trainings."""

import math
from pathlib import Path
from typing import Any

import pytest

from nas_plugins.plots import (
    draw_predicted_against_measured,
    draw_search,
    draw_training,
)
from nas_plugins.spaces.errors import InvalidArgument
from tests.plots.drawings import texts


def test_prediction_states_correlation_and_best(tmp_path: Path) -> None:
    """Ranks 1 2 3 4 against 1 2 4 3: Spearman 1 - 6 * 2 / (4 * 15) = 0.80; the nan pair is left out."""
    path = draw_predicted_against_measured(
        [70, 71, 72, 73, 74],
        [90.0, 90.5, 91.25, 91.0, math.nan],
        tmp_path / "p.svg",
        title="Order of four",
        labels=["first", "second", "third", "fourth", "failed"],
    )
    words = texts(path)
    assert "Spearman rank correlation 0.80, n = 4" in words
    assert "third  best measured: 91.25" in words
    assert {"first", "second", "fourth", "Order of four", "measured accuracy (%)"} <= set(words.splitlines())
    assert "failed" not in words


@pytest.mark.parametrize(
    ("predicted", "measured", "words"),
    [
        ([1.0, 2.0], [5.0, 6.0], "n = 2, too few"),
        ([1.0], [5.0], "n = 1, too few"),
        ([1.0, 1.0, 1.0], [5.0, 6.0, 7.0], "n = 3, no rank correlation because all"),
        ([1.0, 2.0, 3.0], [5.0, 6.0, 7.0], "Spearman rank correlation 1.00, n = 3"),
    ],
)
def test_no_correlation_where_there_is_none(
    predicted: list[float], measured: list[float], words: str, tmp_path: Path
) -> None:
    path = draw_predicted_against_measured(predicted, measured, tmp_path / "p.svg", title="t")
    assert words in texts(path)


@pytest.mark.parametrize(("shift", "line"), [(0.0, True), (2.0, True), (50.0, False)])
def test_line_of_equality_only_on_overlapping_scales(shift: float, line: bool, tmp_path: Path) -> None:
    measured = [90.0, 92.0, 94.0]
    path = draw_predicted_against_measured([v - shift for v in measured], measured, tmp_path / "p.svg", title="t")
    assert ("predicted = measured" in texts(path)) is line


@pytest.mark.parametrize(
    ("predicted", "measured", "labels", "message"),
    [
        ([1.0, 2.0], [1.0], None, "got 2 predicted and 1 measured"),
        ([], [], None, "at least one architecture"),
        ([1.0], [math.nan], None, "got none in 1"),
        ([1.0], [2.0], ["a", "b"], "one label for each of 1 points, got 2"),
    ],
)
def test_prediction_refused(
    predicted: list[float], measured: list[float], labels: list[str] | None, message: str, tmp_path: Path
) -> None:
    with pytest.raises(InvalidArgument, match=message):
        draw_predicted_against_measured(predicted, measured, tmp_path / "x.png", title="t", labels=labels)


def test_one_search_tells_best_failures_and_what_lies_below(tmp_path: Path) -> None:
    scores = [10.0, *[90.0, 91.0, 90.5] * 5, math.nan, 93.25, 92.0]
    words = texts(draw_search(scores, tmp_path / "s.svg", title="One search", optimum=94.5))
    for line in ("trial (1 failed)", "best so far, in the end 93.25", "optimum 94.50", "queries", "One search"):
        assert line in words.splitlines()
    assert "trial below the axis, down to 10.00" in words


def test_many_searches_show_mean_and_interval(tmp_path: Path) -> None:
    """Best scores 91, 92, 93 in the end: mean 92, half-width t(0.975, 2) * 1 / sqrt(3) = 4.302653 * 0.577350 = 2.48.

    The shorter run keeps its best, the run without any score is counted apart.
    """
    runs = [[90.0, 91.0, 80.0], [92.0], [91.0, math.nan, 93.0], [math.nan, math.nan]]
    words = texts(draw_search(runs, tmp_path / "s.svg", title="Four"))
    assert "mean of 3 runs (1 without a score), in the end 92.00 ± 2.48" in words
    assert "95 % interval of the mean" in words
    assert "optimum" not in words


@pytest.mark.parametrize(
    ("cost", "name"), [(10.0, "seconds"), (100.0, "minutes"), (4000.0, "hours"), (90_000.0, "days")]
)
def test_time_axis_takes_a_readable_unit(cost: float, name: str, tmp_path: Path) -> None:
    path = draw_search([90.0, 91.0, 92.0], tmp_path / "s.svg", title="t", seconds=[cost] * 3)
    assert f"training time ({name})" in texts(path)


@pytest.mark.parametrize(
    ("scores", "seconds", "message"),
    [
        ([], None, "scores of at least one trial, got none"),
        ([math.nan], None, "got none in 1 trials"),
        ([[]], None, "got none in 0 trials"),
        ([1.0, [2.0]], None, "mixture"),
        ([1.0, 2.0], [1.0], "got 1 seconds in 1 runs for 2 scores in 1 runs"),
        ([1.0, 2.0], [1.0, math.nan], "seconds of at least 0"),
        ([1.0, 2.0], [1.0, -1.0], "seconds of at least 0"),
    ],
)
def test_search_refused(scores: Any, seconds: Any, message: str, tmp_path: Path) -> None:
    with pytest.raises(InvalidArgument, match=message):
        draw_search(scores, tmp_path / "x.png", title="t", seconds=seconds)


def test_training_has_a_named_panel_per_series(tmp_path: Path) -> None:
    history = {"generator": [40.0, 5.0, 0.5], "predictor": [0.5, math.nan, 0.25], "student": [7.0]}
    lines = texts(draw_training(history, tmp_path / "t.svg", title="Three models")).splitlines()
    assert {"generator", "predictor", "student", "Three models"} <= set(lines)
    assert lines.count("epoch") == 3
    # Only the first spans a factor of 30.
    assert (lines.count("loss (logarithmic)"), lines.count("loss")) == (1, 2)
    assert {"0.500", "0.250", "7.00"} <= set(lines), "the last value of each"


@pytest.mark.parametrize(
    ("history", "message"),
    [({}, "at least one model"), ({"a": []}, "finite value for 'a'"), ({"a": [math.nan]}, "none in 1 epochs")],
)
def test_training_refused(history: dict[str, list[float]], message: str, tmp_path: Path) -> None:
    with pytest.raises(InvalidArgument, match=message):
        draw_training(history, tmp_path / "x.png", title="t")
