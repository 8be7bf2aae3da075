"""`nas-plugins reproduce`: every table and figure in small, on noise in place of the target datasets."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from nas_plugins.cli import main
from nas_plugins.reproduction import metad2a_figure3, metad2a_figure5, metad2a_table5
from nas_plugins.reproduction.registry import REPRODUCTIONS
from nas_plugins.spaces import NASBench201


@pytest.fixture
def run(capsys, monkeypatch, tmp_path):
    """Run the command line in an empty folder; gives exit code, standard output and standard error."""
    monkeypatch.chdir(tmp_path)

    def call(*arguments: object) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as caught:
            main([str(argument) for argument in ("reproduce", *arguments)])
        captured = capsys.readouterr()
        return int(caught.value.code or 0), captured.out, captured.err

    return call


@pytest.fixture
def noise(tmp_path) -> Path:
    """A folder with noise under the names of the target datasets: what is computed does not need real pictures."""
    rng = np.random.default_rng(0)
    for name, classes, size in (
        ("cifar10", 3, 32),
        ("cifar100", 4, 32),
        ("mnist", 2, 8),
        ("oxford_pets_3breeds", 2, 8),
    ):
        np.savez(
            tmp_path / f"{name}.npz",
            images=rng.integers(0, 256, (8 * classes, size, size, 3), np.uint8),
            labels=np.arange(8 * classes) % classes,
            class_names=np.array([f"class {number}" for number in range(classes)]),
        )
    return tmp_path


def rows(path: Path, table: int = 0) -> dict[str, dict[str, dict[str, float]]]:
    """Figures by method, the first row of a method's."""
    found: dict[str, dict[str, dict[str, float]]] = {}
    for row in json.loads(path.read_text())["tables"][table]["rows"]:
        found.setdefault(row["method"] + (" (published)" if row["published"] else ""), row["figures"])
    return found


def is_picture(path: Path) -> bool:
    with Image.open(path) as image:
        return min(image.size) > 200


def test_table_1_has_ours_the_baselines_and_the_published(run, noise, tmp_path):
    code, out, err = run(
        "metad2a-table1", "--images", noise, "--no-train", "--runs", 2, "--candidates", 30, "--json", "t.json"
    )  # fmt: skip
    found = rows(tmp_path / "t.json")

    assert code == 0, err
    assert found["optimum"]["CIFAR-10"]["mean"] == pytest.approx(91.61, abs=0.01)
    assert found["MetaD2A, best of 30 (published)"]["CIFAR-100"]["mean"] == 73.51
    assert found["MetaD2A, best of 5"]["CIFAR-10"]["mean"] >= found["MetaD2A, top 1"]["CIFAR-10"]["mean"]
    assert {"local search", "random search, best of 30", "ridge on ImageNet16-120"} <= found.keys()
    assert "NOT the paper's test accuracy" in " ".join(out.split())
    assert is_picture(tmp_path / "results" / "reproduce-metad2a-table1" / "table.png")
    assert (tmp_path / "results" / "reproduce-metad2a-table1" / "table.csv").is_file()


def test_table_1_of_test_accuracies_says_which_accuracy_chose(run, noise, tmp_path):
    """With a table of one's own, best of n comes chosen by validation and by what is reported; the latter is higher."""
    rng = np.random.default_rng(0)
    scores = "\n".join(f"{cell},{rng.uniform(10, 90):.3f}" for cell in NASBench201())
    for name in ("cifar10", "cifar100"):
        (tmp_path / "tests").mkdir(exist_ok=True)
        (tmp_path / "tests" / f"{name}.csv").write_text(f"architecture,score\n{scores}\n")
    code, _, err = run(
        "metad2a-table1", "--images", noise, "--no-train", "--tables", "tests", "--runs", 2, "--candidates", 30,
        "--json", "t.json",
    )  # fmt: skip
    chosen = {
        row["details"]["chosen by"]: row["figures"]["CIFAR-10"]["mean"]
        for row in json.loads((tmp_path / "t.json").read_text())["tables"][0]["rows"]
        if row["method"] == "MetaD2A, best of 30" and not row["published"]
    }

    assert code == 0, err
    assert chosen.keys() == {"validation", "test"}
    assert chosen["test"] >= chosen["validation"]


def test_table_1_trains_briefly_and_remembers(run, noise, tmp_path):
    """The second table: every method once per seed, from real trainings that a second run need not repeat."""
    arguments = ("metad2a-table1", "--images", noise, "--runs", 1, "--candidates", 30, "--epochs", 1, "--processes", 1)
    code, _, err = run(*arguments, "--json", "a.json")
    record = tmp_path / "results" / "reproduce-metad2a-table1" / "trainings.json"
    trainings = json.loads(record.read_text())
    written = record.stat().st_mtime_ns
    run(*arguments, "--json", "b.json")

    assert code == 0, err
    assert rows(tmp_path / "a.json", 1) == rows(tmp_path / "b.json", 1)
    assert rows(tmp_path / "a.json", 1)["MetaD2A, top 1"].keys() == {"MNIST", "Oxford pets"}
    assert {record["dataset"] for record in trainings} == {"mnist", "oxford_pets_3breeds"}
    assert record.stat().st_mtime_ns == written


def test_table_3_has_every_arm_in_both_ways(run, noise, tmp_path):
    code, _, err = run("metad2a-table3", "--images", noise, "--runs", 2, "--candidates", 40, "--json", "t.json")
    found = json.loads((tmp_path / "t.json").read_text())["tables"][0]["rows"]
    ours = {(row["method"], row["details"]["reported"]): row["figures"]["CIFAR-100"]["mean"] for row in found[:8]}

    assert code == 0, err
    assert len(ours) == 8
    assert all(ours[arm, "best of 30"] >= ours[arm, "top 1, no look-up"] for arm, _ in ours)
    assert sum(row["published"] for row in found) == 4


def test_table_4_measures_draws_from_the_prior(run, noise, tmp_path):
    code, out, err = run("metad2a-table4", "--images", noise, "--samples", 300, "--json", "t.json")
    found = rows(tmp_path / "t.json")

    assert code == 0, err
    assert found["validity (published)"]["prior"]["mean"] == 100
    assert found["validity"]["prior"]["mean"] <= found["validity by operations"]["prior"]["mean"] <= 100
    assert found["validity"]["CIFAR-10"]["mean"] > 90
    assert 0 < found["novelty"]["CIFAR-10"]["mean"] < 100
    assert "300 draws" in out


def test_figure_5_shows_that_the_generator_beats_chance(run, noise, tmp_path):
    """On average generated cells are more accurate than random ones.

    The means of 200 draws lie some six points apart, with standard errors below one and a half: chance fails this less
    than once in ten thousand runs, and the seed is fixed.
    """
    code, _, err = run("metad2a-figure5", "--images", noise, "--samples", 200, "--json", "t.json")
    found = rows(tmp_path / "t.json")

    assert code == 0, err
    assert found["generated for the dataset"]["mean"]["mean"] > found["random cells"]["mean"]["mean"]
    assert is_picture(tmp_path / "results" / "reproduce-metad2a-figure5" / "figure.png")


@pytest.mark.parametrize("split", ["task", "record"])
def test_table_5_compares_set_encoders_on_one_split(run, shared_data, tmp_path, monkeypatch, split):
    """One epoch each: encoders and both ridges are there, and the ridge that knows a task's classes is the better."""
    monkeypatch.setattr(metad2a_table5, "NAMES", {"graph_only": "graph encoder only", "deep_set": "DeepSet"})
    monkeypatch.setattr("nas_plugins.reproduction.metad2a_table5.METAD2A_TABLE_5", {})
    monkeypatch.setattr(metad2a_table5, "source_database", _database_without_images)
    code, out, err = run(
        "metad2a-table5", "--source", shared_data / "metad2a", "--runs", 1, "--epochs", 1, "--split", split,
        "--json", "t.json",
    )  # fmt: skip
    found = rows(tmp_path / "t.json")

    assert code == 0, err
    assert found["ridge on pairs of operations"]["Pearson"]["mean"] > 0.5
    assert found["ridge, with class identities"]["Pearson"]["mean"] > 0.7
    assert {"DeepSet", "graph encoder only"} <= found.keys()
    assert ("of tasks that also have training" in " ".join(out.split())) == (split == "record")


def _database_without_images(source, places, seed):
    """The published records with random features of eight numbers in place of images."""
    from nas_plugins.strategies.metad2a import SourceTables

    tables, rng = SourceTables.read(source), np.random.default_rng(seed)
    return tables.database({name: rng.normal(size=(16, 8)).astype(np.float32) for name in tables.used_classes()})


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["nowhere"], "wanted a table or figure out of metad2a-table1"),
        ([], "Missing argument"),
        (["metad2a-table1"], "--images"),
        (["metad2a-table4", "--epochs", "3"], "got --epochs; leave it out"),
        (["metad2a-figure5", "--images", "nowhere"], "CIFAR-10 as cifar10.npz"),
        (["metad2a-table3", "--images", ".", "--runs", "0"], "--runs"),
        (["metad2a-table5", "--split", "image"], "wanted a split out of task, record"),
        (["metad2a-table5"], "--source"),
        (["metad2a-table5", "--preset", "nowhere"], "wanted a preset out of default, paper"),
        (["metad2a-figure3", "--runs", "3", "--samples", "2"], "got 3 runs and 2 samples; give fewer runs"),
        (["metad2a-figure3", "--runs", "21"], "got 21 runs and 20 samples"),
        (["metad2a-figure3", "--images", "~nobody_lives_here/images"], "which can be neither"),
        (["metad2a-table1", "--candidates", "20000"], "wanted --candidates from 30 to 15,625"),
        (["metad2a-table4", "--samples", "99999999999"], "wanted --samples from 1 to 1,000,000"),
        (["metad2a-figure5", "--output", "file"], "file is a file; give --output FOLDER"),
    ],
)
def test_bad_input_ends_in_one_line(run, arguments, says):
    Path("file").touch()
    code, out, err = run(*arguments)

    assert code == 2
    assert out == ""
    assert says in err
    assert len(err.strip().splitlines()) == 1


def test_an_unknown_name_lists_every_name(run):
    _, _, err = run("nowhere")

    assert all(name in err for name in REPRODUCTIONS)


@pytest.mark.parametrize(
    ("name", "lacks"), [("metad2a-table1", "mnist"), ("metad2a-table3", "cifar100"), ("metad2a-figure5", "cifar100")]
)
def test_a_dataset_that_is_missing_is_told_before_anything_is_computed(run, noise, monkeypatch, name, lacks):
    """The datasets before it are there, and are not even read."""
    (noise / f"{lacks}.npz").unlink()
    module = f"nas_plugins.reproduction.{name.replace('-', '_')}"
    monkeypatch.setattr(f"{module}.target_images", lambda *_: pytest.fail("images were read"))
    code, _, err = run(name, "--images", noise)

    assert code == 2
    assert f"{lacks}.npz" in err


def test_figure_5_of_a_generator_without_a_cell_has_no_figures(run, noise, monkeypatch):
    """Weights that draw nothing valid get nan in the table, and the picture shows the random cells."""
    monkeypatch.setattr(metad2a_figure5, "draw_cells", lambda *_: [])
    code, out, err = run("metad2a-figure5", "--images", noise, "--samples", 20)

    assert code == 0, err
    assert " nan " in out
    assert is_picture(Path("results") / "reproduce-metad2a-figure5" / "figure.png")


def test_figure_3_of_metad2a_trains_on_what_was_chosen(run, noise, monkeypatch):
    """One dataset under one bound: the networks evaluated are trained on, the random ones anew for each seed."""
    monkeypatch.setattr(metad2a_figure3, "DATASETS", ("oxford_pets_3breeds",))
    monkeypatch.setattr(metad2a_figure3, "BOUNDS", (200e6,))
    monkeypatch.setattr(metad2a_figure3, "_GENERATED", 20)
    options = ("--samples", 3, "--epochs", 1, "--runs", 2, "--json", "t.json", "--output", "o")
    code, _, err = run("metad2a-figure3", "--images", noise, *options)
    assert code == 0, err
    tables = json.loads(Path("t.json").read_text())["tables"]
    assert len(tables) == 3
    evaluated, tuned = rows(Path("t.json"), 0), rows(Path("t.json"), 1)
    assert {"MetaD2A, top 1", "best random network", "largest network"} <= set(evaluated)
    assert set(tuned) == {"MetaD2A, top 1", "best random network", "random networks"}
    for figures in tuned.values():
        assert figures["at most 200 M"]["runs"] == 2
        assert 0 <= figures["at most 200 M"]["mean"] <= 100
    assert is_picture(Path("o") / "metad2a-figure3.png")
