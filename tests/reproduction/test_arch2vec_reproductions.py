"""arch2vec's table and figures in small: every arm is there, and figures say what they claim to measure."""

import itertools
import json
import warnings
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from nas_plugins.cli import main
from nas_plugins.reproduction.arch2vec_figure2 import _densities, quality, random_forest
from nas_plugins.reproduction.arch2vec_figure3 import random_walk, smoothness, some_pairs
from nas_plugins.reproduction.arch2vec_figure5 import walk
from nas_plugins.reproduction.options import Options
from nas_plugins.reproduction.supervised_encoder import SupervisedEncoder
from nas_plugins.spaces import NASBench201


@pytest.fixture
def run(capsys, monkeypatch, tmp_path):
    """Run `reproduce` in an empty folder; gives exit code, standard output and standard error."""
    monkeypatch.chdir(tmp_path)

    def call(*arguments: object) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as caught:
            main([str(argument) for argument in ("reproduce", *arguments)])
        captured = capsys.readouterr()
        return int(caught.value.code or 0), captured.out, captured.err

    return call


def rows(path: Path, table: int = 0) -> list[dict]:
    return json.loads(path.read_text())["tables"][table]["rows"]


def is_picture(path: Path) -> bool:
    with Image.open(path) as image:
        return min(image.size) > 200


def test_table_1_has_four_models_ours_and_the_published_and_goes_on_where_it_stopped(run, tmp_path):
    """A second run reads the trained models; another scale trains anew."""
    arguments = ("arch2vec-table1", "--space", "nasbench201", "--epochs", 1, "--samples", 200)
    code, _, err = run(*arguments, "--size", 300, "--json", "a.json")
    models = tmp_path / "results" / "reproduce-arch2vec-table1" / "models"
    written = {path: path.stat().st_mtime_ns for path in models.iterdir()}
    run(*arguments, "--size", 300, "--json", "b.json")
    kept = {path: path.stat().st_mtime_ns for path in models.iterdir()}
    run(*arguments, "--size", 400, "--json", "c.json")
    found = {row["method"]: row["figures"] for row in rows(tmp_path / "a.json") if not row["published"]}
    published = {row["method"]: row["figures"] for row in rows(tmp_path / "a.json") if row["published"]}

    assert code == 0, err
    assert list(found) == ["nas_plugins default", "GAE", "VGAE", "arch2vec without KL", "arch2vec", "uniform draws"]
    assert published["arch2vec"]["validity, loose"]["mean"] == 79.41
    assert found["nas_plugins default"]["reconstruction"]["mean"] == 100
    assert found["nas_plugins default"]["validity, strict"]["mean"] > 95
    assert len(written) == 4
    assert kept == written
    assert rows(tmp_path / "a.json") == rows(tmp_path / "b.json")
    assert models.joinpath("nasbench201-gae.safetensors").stat().st_mtime_ns > max(written.values())
    assert rows(tmp_path / "a.json")[1]["details"] == {"trained on": "270 graphs, 1 epoch"}


def test_table_1_trains_on_a_part_of_darts(run, tmp_path, monkeypatch):
    """A space too large to enumerate: the models learn from a draw, and its loose check is DARTS's own."""
    monkeypatch.setattr("nas_plugins.spaces.arch2vec.arch2vec.shipped", list)  # measuring those takes a while
    code, _, err = run(
        "arch2vec-table1", "--space", "darts", "--epochs", 1, "--samples", 100, "--size", 600, "--json", "t.json"
    )
    uniform = next(row for row in rows(tmp_path / "t.json") if row["method"] == "uniform draws")

    assert code == 0, err
    assert uniform["figures"]["uniqueness, strict"]["mean"] == pytest.approx(100, abs=0.01)
    assert is_picture(tmp_path / "results" / "reproduce-arch2vec-table1" / "darts.png")


def test_figure_2_predicts_by_every_representation(run, tmp_path):
    """Forty labels, three epochs: all seven predictors and both published ones are there."""
    code, out, err = run(
        "arch2vec-figure2", "--runs", 1, "--samples", 40, "--epochs", 3, "--json", "t.json", "--output", "o"
    )
    found = {(row["method"], row["details"]["predicted by"]): row["figures"] for row in rows(tmp_path / "t.json")[:7]}

    assert code == 0, err
    assert len(found) == 7
    assert found["one-hot operations", "random forest"]["Pearson"]["mean"] > 0.2
    assert sum(row["published"] for row in rows(tmp_path / "t.json")) == 2
    assert is_picture(tmp_path / "o" / "figure.png")
    assert "NOT the paper's test accuracy" in " ".join(out.split())


def test_a_figure_without_a_value_is_nan_in_the_table_of_figure_2(run, tmp_path):
    """One label: constant predictions correlate with nothing, which the table says and which stops nothing."""
    code, out, err = run("arch2vec-figure2", "--samples", 1, "--runs", 1, "--epochs", 1, "--json", "t.json")
    ours = [row for row in rows(tmp_path / "t.json") if not row["published"] and row["method"] == "arch2vec"]
    figures = next(row["figures"] for row in ours if row["details"]["predicted by"] == "Gaussian process")

    assert code == 0, err
    assert "invalid value" not in err
    assert figures["RMSE"]["mean"] > 0
    assert figures["Pearson"]["mean"] is None or np.isnan(figures["Pearson"]["mean"])
    assert " nan " in out


def test_quality_has_no_value_over_nothing_and_of_constants():
    """Correlations of one cell or of equal numbers, and errors over no cell, are nan; numpy does not complain."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        constant = quality(np.full(3, 85.0), np.array([81.0, 85.0, 89.0]))
        low = quality(np.array([10.0, 30.0]), np.array([10.0, 20.0]))

    assert constant[0] == constant[2] == pytest.approx(np.sqrt(32 / 3))
    assert np.isnan([constant[1], constant[3], low[2], low[3]]).all()
    assert low[1] == pytest.approx(1)


def test_figure_2_goes_without_its_picture_where_hardly_an_accurate_cell_is_left(tmp_path):
    """Two cells above the least accuracy are too few for densities, which are left out; three are enough."""
    true = np.array([81.0, 85.0, 10.0])
    few, enough = {"a": (true, true)}, {"a": (true + 80, true + 80)}

    assert _densities(few, 5, Options(tmp_path)) == []
    assert [is_picture(path) for path in _densities(enough, 5, Options(tmp_path))] == [True]


@pytest.mark.parametrize(
    "arguments",
    [
        ("arch2vec-figure3", "--samples", 10),
        ("arch2vec-figure4", "--samples", 12, "--seed", 2**33),
        ("arch2vec-figure5", "--samples", 1),
    ],
)
def test_the_least_samples_and_large_seeds_are_computed(run, arguments):
    """The lower ends of the ranges work, and so do seeds above those scikit-learn knows."""
    code, _, err = run(*arguments, "--epochs", 1)

    assert code == 0, err


def test_a_random_forest_takes_any_seed():
    """Seeds beyond 32 bits start over."""
    points, known, labels = np.arange(6.0)[:, None], np.arange(4), np.arange(4.0)
    large, small = (random_forest(points, known, labels, seed) for seed in (2**32 + 5, 5))

    assert large.tolist() == small.tolist()


def test_figure_3_shows_that_latent_distance_follows_edits(run, tmp_path):
    """Node by node, shipped latents order pairs by edits; the correlation is far from chance at 100 steps."""
    code, _, err = run("arch2vec-figure3", "--samples", 100, "--epochs", 2, "--json", "t.json", "--output", "o")
    found = {row["method"]: row["figures"] for row in rows(tmp_path / "t.json")}

    assert code == 0, err
    assert found["arch2vec, node by node"]["Spearman"]["mean"] > 0.8
    assert found.keys() == {"arch2vec", "arch2vec, node by node", "supervised encoder"}
    assert is_picture(tmp_path / "o" / "nasbench201.png")


def test_figure_4_draws_every_map(run, tmp_path):
    """Near cells are more alike than random pairs in every representation (300 cells, fixed seed)."""
    code, _, err = run("arch2vec-figure4", "--samples", 300, "--epochs", 2, "--json", "t.json", "--output", "o")

    assert code == 0, err
    for row in rows(tmp_path / "t.json"):
        near, far, _ = (figure["mean"] for figure in row["figures"].values())
        assert near < far
    assert is_picture(tmp_path / "o" / "figure.png")


def test_figure_5_walks_by_fewer_edits_than_chance(run, tmp_path):
    """Steps of arch2vec's walks edit less than random pairs differ (five walks, fixed seed)."""
    code, _, err = run("arch2vec-figure5", "--samples", 5, "--epochs", 2, "--json", "t.json", "--output", "o")
    found = {row["method"]: row["figures"]["edit distance of a step"]["mean"] for row in rows(tmp_path / "t.json")[:4]}

    assert code == 0, err
    assert found["arch2vec, node by node"] <= found["arch2vec"] < found["random pairs"]
    assert is_picture(tmp_path / "o" / "nasbench201.png")


def test_a_random_walk_steps_to_neighbours():
    space, rng = NASBench201(), np.random.default_rng(0)
    cells = random_walk(space, 30, rng)

    assert len(cells) == 30
    assert all(space.edit_distance(a, b) == 1 for a, b in itertools.pairwise(cells))


def test_some_pairs_are_different_pairs():
    """All of them when they are few, and no pair twice when they are many."""
    first, second = some_pairs(5, 100, np.random.default_rng(0))
    drawn = set(zip(*some_pairs(50, 100, np.random.default_rng(0)), strict=True))

    assert len(first) == 10
    assert (first < second).all()
    assert len(drawn) == 100


def test_smoothness_of_an_order_is_one():
    edits = np.repeat([1, 2, 3], 40)
    figures = smoothness(edits, edits + 0.0)

    assert [round(figure.mean, 6) for figure in figures.values()] == [1, 1, 1]
    assert smoothness(edits, 4.0 - edits)["medians that rise"].mean == 0


def test_smoothness_of_equal_edits_is_nan():
    """Pairs that are all one edit apart have no correlation."""
    figures = smoothness(np.ones(3, dtype=int), np.arange(3.0))

    assert figures.keys() == {"Spearman", "Pearson"}
    assert all(np.isnan(figure.mean) for figure in figures.values())


def test_a_latent_walk_never_comes_back():
    """On a line, from its end, a walk is the line; a walk over all points ends."""
    points = np.arange(6, dtype=np.float32)[:, None]

    assert walk(points, 0, 4) == [0, 1, 2, 3]
    assert sorted(walk(points, 2, 99)) == list(range(6))


def test_the_supervised_encoder_learns_and_leaves_the_random_state():
    """Taught the number of 3x3 convolutions of 300 cells, it ranks other cells by it (fixed seed)."""
    import torch

    space = NASBench201()
    operations, adjacency = space.graph_arrays()
    target = operations[:, :, space.operations.index("nor_conv_3x3")].sum(axis=1).astype(float)
    order = np.random.default_rng(0).permutation(len(space))
    known, others = order[:300], order[300:1300]
    state = torch.random.get_rng_state()

    encoder = SupervisedEncoder(operations[known], adjacency[known], target[known], epochs=30)
    predicted = encoder.predict(encoder.embed(operations[others], adjacency[others]))

    assert np.corrcoef(predicted, target[others])[0, 1] > 0.9
    assert torch.equal(torch.random.get_rng_state(), state)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["arch2vec-table1", "--space", "nowhere"], "wanted a space out of nasbench101, nasbench201, darts"),
        (["arch2vec-table1", "--runs", "3"], "got --runs; leave it out"),
        (["arch2vec-figure2", "--space", "darts"], "got --space; leave it out"),
        (["arch2vec-table1", "--size", "3"], "--size"),
        (["arch2vec-figure4", "--tables", "nowhere"], "wanted a converted .npz file"),
        (["arch2vec-figure4", "--tables", "~nobody_lives_here/tables"], "which can be neither"),
        (["arch2vec-figure3", "--space", "nope"], "wanted a space out of nasbench101, nasbench201, darts"),
        (["arch2vec-figure3", "--space", "mobilenetv3"], "wanted a space out of nasbench101, nasbench201, darts"),
        (["arch2vec-figure5", "--space", "nope"], "wanted a space out of nasbench101, nasbench201, darts"),
        (["arch2vec-figure5", "--space", "darts", "--space", "darts"], "wanted each space once"),
        (["arch2vec-figure2", "--samples", "20000"], "wanted --samples from 1 to 15,624"),
        (["arch2vec-figure3", "--samples", "1"], "wanted --samples from 10 to 10,000"),
        (["arch2vec-figure3", "--samples", "2"], "wanted --samples from 10 to 10,000"),
        (["arch2vec-figure4", "--samples", "1"], "wanted --samples from 12 to 15,625"),
        (["arch2vec-figure5", "--samples", "60000"], "wanted --samples from 1 to 15,625"),
        (["arch2vec-io", "--samples", "15625"], "wanted --samples from 1 to 15,624"),
        (["arch2vec-table1", "--size", "9999999999"], "wanted --size from 100 to 1,000,000"),
        (["arch2vec-figure2", "--seed", str(2**64)], "wanted --seed from 0"),
    ],
)
def test_bad_input_ends_in_one_line(run, arguments, says):
    code, out, err = run(*arguments)

    assert code == 2
    assert out == ""
    assert says in err
    assert len(err.strip().splitlines()) == 1


def test_input_output_information_is_compared_with_and_without(run, tmp_path, monkeypatch):
    """Three arms in three tables; a second run reads models and searches; without features it says how to make them."""
    import torch

    from nas_plugins.spaces.arch2vec.output_features import OutputFeatures

    monkeypatch.setattr("nas_plugins.reproduction.arch2vec_input_output.MODELS", 1)
    space, rng = NASBench201(), np.random.default_rng(0)
    cells = tuple({str(space.sample(rng)) for _ in range(60)})
    images = torch.from_numpy(rng.integers(0, 256, (10, 8, 8, 3), dtype=np.uint8))
    features = torch.from_numpy(rng.normal(size=(len(cells), 10, 4)).astype(np.float32))
    path = OutputFeatures(space.name, "made", cells, images, torch.zeros(10, dtype=torch.int64), features).save(
        tmp_path / "features.safetensors"
    )
    small = ("--epochs", 1, "--size", 3000, "--runs", 1, "--samples", 30, "--processes", 1)
    code, _, err = run("arch2vec-io", "--source", path, *small, "--json", "a.json")
    run("arch2vec-io", "--source", path, *small, "--json", "b.json")
    missing, _, advice = run("arch2vec-io")

    assert code == 0, err
    assert missing == 2
    assert "collect-features" in advice
    arms = ["arch2vec", "arch2vec, same batches", "with output features"]
    assert [row["method"] for row in rows(tmp_path / "a.json")] == arms
    assert [row["method"] for row in rows(tmp_path / "a.json", 1)] == arms * 2
    assert [row["method"] for row in rows(tmp_path / "a.json", 2)] == arms
    assert "error, unseen images" in rows(tmp_path / "a.json")[2]["figures"]
    assert all(row["figures"]["validation regret (%)"]["mean"] >= 0 for row in rows(tmp_path / "a.json", 2))
    assert rows(tmp_path / "a.json") == rows(tmp_path / "b.json")
    assert rows(tmp_path / "a.json", 2) == rows(tmp_path / "b.json", 2)
    assert is_picture(tmp_path / "results" / "reproduce-arch2vec-io" / "prediction.png")
