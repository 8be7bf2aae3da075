"""Pictures of what was measured: comparisons, maps, regret, latent spaces."""

import math
from pathlib import Path

import numpy as np
import pytest

from nas_plugins.plots import (
    ComparisonRow,
    RegretCurve,
    draw_comparison,
    draw_dataset_map,
    draw_distance_against_edits,
    draw_distributions,
    draw_latent_maps,
    draw_predictions,
    draw_regret,
)
from nas_plugins.plots.dataset_map import principal_plane
from nas_plugins.spaces.errors import InvalidArgument
from tests.plots.drawings import DRAWINGS, texts


def test_comparison_writes_every_method_and_its_figure(tmp_path: Path) -> None:
    """A row without a figure in a panel keeps its line there; a panel without any figure is refused."""
    words = texts(DRAWINGS["comparison"](tmp_path / "c.svg")).split("\n")

    assert {"ours", "theirs", "94.10", "94.30", "72.00", "accuracy (%)"} <= set(words)
    with pytest.raises(InvalidArgument, match="wanted a figure for 'left'"):
        draw_comparison([ComparisonRow("ours", {"right": (1.0, None, None)})], ["left"], tmp_path / "c.svg", title="T")
    with pytest.raises(InvalidArgument, match="at least one column"):
        draw_comparison([], [], tmp_path / "c.svg", title="T")


def test_distributions_say_what_lies_left_of_the_axis_and_where_the_medians_are(tmp_path: Path) -> None:
    values = {"random": [10.0] * 5 + [80.0 + 0.1 * k for k in range(95)], "drawn": [85.0 + 0.1 * k for k in range(50)]}
    words = texts(draw_distributions({"A": values}, tmp_path / "d.svg", title="T", value_name="accuracy (%)"))

    assert "median 84.45" in words
    assert "median 87.45" in words
    assert "15 % below 81" in words  # five dead ones and the ten lowest
    assert "0.0 % below 81" in words
    with pytest.raises(InvalidArgument, match="at least one value of 'none'"):
        draw_distributions({"A": {"none": [math.nan]}}, tmp_path / "d.svg", title="T", value_name="x")
    with pytest.raises(InvalidArgument, match="at least one panel"):
        draw_distributions({}, tmp_path / "d.svg", title="T", value_name="x")


def test_a_map_names_every_dataset(tmp_path: Path) -> None:
    """Each known dataset and the placed one stand there in words, also where they lie far apart."""
    rng = np.random.default_rng(0)
    known = {f"known {k}": rng.normal(k, 1, (5, 6)) for k in range(7)}
    path = draw_dataset_map(
        known, rng.normal(30, 1, (5, 6)), tmp_path / "map.svg", name="mine", title="Mine among them"
    )

    assert all(words in texts(path) for words in (*known, "mine", "Mine among them"))


def test_the_plane_of_a_map_is_scikit_learns() -> None:
    """Axes, their signs and their share of the variance."""
    from sklearn.decomposition import PCA

    for seed in range(5):
        rows = np.random.default_rng(seed).normal(3, [1, 5, 2, 0.5, 4, 0.1], (40, 6)).astype(np.float32)
        plane, share = principal_plane(rows)
        theirs = PCA(n_components=2, svd_solver="full").fit(rows.astype(np.float64))
        np.testing.assert_allclose(plane.T, theirs.components_, atol=1e-9)
        assert share == pytest.approx(theirs.explained_variance_ratio_.sum())


def test_a_map_refuses_vectors_of_another_model(tmp_path: Path) -> None:
    known = {name: np.zeros((5, 6)) for name in "ab"}
    with pytest.raises(InvalidArgument, match="one length"):
        draw_dataset_map(known, np.zeros((5, 7)), tmp_path / "map.png", name="mine", title="")


def test_regret_curves_share_colours_and_reach_nothing(tmp_path: Path) -> None:
    """Panels, methods and published curves are named; a regret of 0 can be drawn on a logarithmic axis."""
    time = np.geomspace(1, 100, 5)
    ours = RegretCurve("walk", time, np.array([9.0, 3.0, 1.0, 0.1, 0.0]), np.full(5, -1.0), np.full(5, 10.0))
    theirs = RegretCurve("walk", time, np.full(5, 2.0), published=True)
    panels = {"A": [ours, theirs], "B": [RegretCurve("draws", time, np.full(5, 4.0))]}
    path = draw_regret(
        panels, tmp_path / "r.svg", title="T", regret_name="regret (%)", final={"walk": [0.0, 1.0], "draws": [4.0]}
    )

    assert all(words in texts(path) for words in ("A", "B", "walk", "draws", "as published", "share of runs"))
    nothing = RegretCurve("walk", time, np.zeros(5))
    assert draw_regret({"A": [nothing]}, tmp_path / "zero.png", title="T", regret_name="x").is_file()
    with pytest.raises(InvalidArgument, match="at least one curve"):
        draw_regret({}, tmp_path / "r.svg", title="T", regret_name="x")


def test_predictions_state_error_and_correlation_above_the_lowest(tmp_path: Path) -> None:
    """What was measured at or below the lowest is left out; how many predictions lie left of the axis is written."""
    measured = np.array([10.0, 80.0, 85.0, 87.0, 90.0])
    words = texts(draw_predictions({"p": (measured + 1, measured)}, tmp_path / "p.svg", title="T", lowest=80.0))

    assert "RMSE 1.00, Pearson 1.00, n = 3" in words
    assert "0.0 % below 80" in words
    with pytest.raises(InvalidArgument, match="at least 3 architectures above"):
        draw_predictions({"p": (measured, measured)}, tmp_path / "p.svg", title="T", lowest=86.0)


def test_distance_against_edits_states_the_rank_correlation(tmp_path: Path) -> None:
    edits = np.repeat([1, 2, 3], 10)
    words = texts(draw_distance_against_edits({"p": (edits, edits * 2.0)}, tmp_path / "p.svg", title="T"))

    assert "Spearman 1.00, 30 pairs" in words
    with pytest.raises(InvalidArgument, match="as many edit as latent"):
        draw_distance_against_edits({"p": (edits, edits[1:])}, tmp_path / "p.svg", title="T")


def test_latent_maps_refuse_what_is_no_map(tmp_path: Path) -> None:
    for points, values in ((np.zeros((3, 3)), np.zeros(3)), (np.zeros((3, 2)), np.zeros(2)), (np.zeros((0, 2)), [])):
        with pytest.raises(InvalidArgument, match="wanted"):
            draw_latent_maps({"m": (points, np.asarray(values))}, tmp_path / "m.svg", title="T", value_name="x")
