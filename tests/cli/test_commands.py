"""The command line as people and scripts meet it: results, JSON, pictures, and one line for bad input."""

import json
from pathlib import Path

import pytest
from PIL import Image

from nas_plugins.cli import main
from nas_plugins.spaces import MobileNetV3, NASBench201
from nas_plugins.spaces.cost import count_multiply_adds, count_parameters
from nas_plugins.strategies import MetaD2A
from nas_plugins.strategies.metad2a import DatasetMap

SPACE = NASBench201()


@pytest.fixture
def run(capsys, monkeypatch, tmp_path):
    """Run the command line in an empty folder; gives exit code, standard output and standard error."""
    monkeypatch.chdir(tmp_path)

    def call(*arguments: object) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as caught:
            main([str(argument) for argument in arguments])
        captured = capsys.readouterr()
        return int(caught.value.code or 0), captured.out, captured.err

    return call


def is_picture(path: Path) -> bool:
    """Whether a file opens as a picture of some size."""
    with Image.open(path) as image:
        return min(image.size) > 200


def test_propose_ranks_architectures_for_a_folder(run, pictures, tmp_path):
    """JSON as documented, best first; a table on the screen and the cells as a picture."""
    code, out, _ = run("propose", pictures, "--candidates", 40, "--top", 5, "--json", "p.json")
    result = json.loads((tmp_path / "p.json").read_text())
    predictions = [proposal["predicted_accuracy"] for proposal in result["proposals"]]

    assert code == 0
    assert {"space", "dataset", "seconds", "proposals"} <= result.keys()
    assert (result["space"], result["dataset"]) == ("nasbench201", "pictures")
    assert len(predictions) == 5
    assert predictions == sorted(predictions, reverse=True)
    assert all(SPACE.contains(SPACE.parse(p["architecture"])) for p in result["proposals"])
    assert is_picture(tmp_path / "results" / "propose-pictures" / "architectures.png")
    assert "architectures.png" in out


@pytest.mark.usefixtures("short_ascent")
@pytest.mark.parametrize("space", ["nasbench201", "mobilenetv3"])
def test_propose_says_where_its_order_is_chance(run, pictures, monkeypatch, space):
    """The weights that ship order better than chance; of those that do not, the user is told.

    So is who has more classes than the weights look at.
    """
    few = ("--space", space, "--candidates", 40, "--top", 3)
    _, out, err = run("propose", pictures, *few)
    assert "half is chance" not in err
    assert "Predicted accuracies are on the scale" in " ".join(out.split())
    monkeypatch.setattr(MetaD2A, "pairs_in_order", 0.49)
    monkeypatch.setattr(MetaD2A, "most_classes", 1)
    code, out, err = run("propose", pictures, *few)
    assert code == 0
    assert "accuracies for 1 of the 2 classes are on the scale" in " ".join(out.split())
    assert "49 % of pairs of held-out tasks" in " ".join(err.split())


def test_propose_repeats_with_its_seed(run, pictures, tmp_path):
    """The same seed proposes the same, another seed something else."""
    for name, seed in (("a", 3), ("b", 3), ("c", 4)):
        run("propose", pictures, "--candidates", 40, "--top", 8, "--seed", seed, "--json", f"{name}.json")
    a, b, c = (json.loads((tmp_path / f"{name}.json").read_text())["proposals"] for name in "abc")

    assert a == b
    assert a != c


def test_propose_keeps_to_bounds_and_says_what_networks_cost(run, pictures, tmp_path):
    """Every proposal within both bounds, by the network's own count, at full size."""
    code, _, _ = run("propose", pictures, "--top", 5, "--max-params", "0.5e6", "--max-macs", "60e6", "--json", "p.json")
    proposals = json.loads((tmp_path / "p.json").read_text())["proposals"]

    assert code == 0
    assert len(proposals) == 5
    for proposal in proposals:
        network = SPACE.network(SPACE.parse(proposal["architecture"]), 2)
        assert proposal["parameters"] == count_parameters(network) <= 0.5e6
        assert proposal["multiply_adds"] == count_multiply_adds(network) <= 60e6


def test_propose_refuses_bounds_nothing_meets_in_one_line(run):
    code, _, err = run("propose", "digits", "--max-params", "1e3")

    assert code == 2
    assert "the smallest found in nasbench201 has 73,306 parameters" in err
    assert len(err.strip().splitlines()) == 1


def test_propose_draws_where_the_dataset_lies(run, pictures, tmp_path):
    """A picture, the names of the nearest known datasets, and the same names in JSON."""
    _, out, _ = run("propose", pictures, "--candidates", 40, "--top", 5, "--json", "p.json")
    nearest = json.loads((tmp_path / "p.json").read_text())["nearest_datasets"]

    assert len(nearest) == 3
    assert f"pictures looks most like: {', '.join(nearest)}" in out
    assert is_picture(tmp_path / "results" / "propose-pictures" / "datasets.png")


def test_propose_draws_no_map_where_there_is_none(run, pictures, tmp_path, monkeypatch):
    """A note says so; the proposals are made all the same."""
    monkeypatch.setattr(DatasetMap, "path_beside", staticmethod(lambda weights: tmp_path / "absent.safetensors"))
    code, out, err = run("propose", pictures, "--candidates", 40, "--top", 5, "--json", "p.json")

    assert code == 0
    assert "note: no map of datasets drawn" in err
    assert "looks most like" not in out
    assert json.loads((tmp_path / "p.json").read_text())["nearest_datasets"] == []


def test_map_datasets_writes_a_map(run, pictures, tmp_path):
    """Names from arguments, a file that loads, and each dataset's likes."""
    code, out, _ = run("map-datasets", f"dark and light={pictures}", "digits", "--output", "map.safetensors")

    assert code == 0
    assert list(DatasetMap.load(tmp_path / "map.safetensors").vectors) == ["dark and light", "digits"]
    assert "digits looks most like dark and light" in out


def test_map_datasets_wants_names_of_their_own(run):
    code, _, err = run("map-datasets", "digits", "digits", "--output", "map.safetensors")

    assert code == 2
    assert "each with a name of its own" in err


def test_benchmark_reports_runs_in_query_order(run, tmp_path):
    """Each run has as many distinct members as queries, scores are the table's, and the optimum is there."""
    code, out, _ = run("benchmark", "random", "--queries", 20, "--runs", 3, "--processes", 1, "--json", "b.json")
    result = json.loads((tmp_path / "b.json").read_text())

    assert code == 0
    assert result["optimum"] == pytest.approx(91.61, abs=0.01)
    assert len({run["seed"] for run in result["runs"]}) == 3
    assert all(len(set(run["architectures"])) == len(run["scores"]) == 20 for run in result["runs"])
    assert is_picture(tmp_path / "results" / "benchmark-random" / "nasbench201-cifar10.png")
    assert "validation accuracy on cifar10" in " ".join(out.split())


def test_benchmark_searches_anyones_table(run, tmp_path):
    """A CSV of a few cells: every one of them is found, and the best is the optimum."""
    cells = [SPACE[index] for index in range(0, 15_625, 1_000)]
    rows = "\n".join(f"{cell},{index}" for index, cell in enumerate(cells))
    (tmp_path / "mine.csv").write_text(f"architecture,score\n{rows}\n")
    code, _, err = run(
        "benchmark", "random", "--table", "mine.csv", "--space", "nasbench201", "--queries", 16, "--runs", 2,
        "--processes", 1, "--json", "m.json",
    )  # fmt: skip
    result = json.loads((tmp_path / "m.json").read_text())

    assert (code, result["optimum"]) == (0, 15), err
    assert all(sorted(run["scores"]) == list(range(16)) for run in result["runs"])


def test_benchmark_on_a_table_of_a_space_too_large_to_enumerate(run, tmp_path):
    """A CSV of thirty networks of MobileNetV3: it says that searches choose among these, and they find all."""
    networks = MobileNetV3().finite(size=30)
    rows = "\n".join(f'"{network}",{index}' for index, network in enumerate(networks))
    (tmp_path / "mine.csv").write_text(f"architecture,score\n{rows}\n")
    code, _, err = run(
        "benchmark", "local_search", "--table", "mine.csv", "--space", "mobilenetv3", "--queries", 30, "--runs", 1,
        "--processes", 1, "--json", "m.json",
    )  # fmt: skip

    assert code == 0, err
    assert "mine has 30 of the architectures of mobilenetv3: searches choose among these alone" in " ".join(err.split())
    assert sorted(json.loads((tmp_path / "m.json").read_text())["runs"][0]["scores"]) == list(range(30))


@pytest.mark.parametrize(
    ("rows", "options", "message"),
    [
        ("9e-7,1", ("--max-params", "1"), "at most 1"),
        ("nan,1", (), "found none among 1"),
        ("5,1000", ("--seconds", "1"), "take longer than the budget"),
    ],
)
def test_benchmark_says_why_there_is_nothing_to_report(run, tmp_path, rows, options, message):
    """One line and exit code 2, no table of what is not a number, and no file."""
    (tmp_path / "one.csv").write_text(f"architecture,score,seconds\n{SPACE[9999]},{rows}\n")
    code, out, err = run(
        "benchmark", "random", "--table", "one.csv", "--space", "nasbench201", "--runs", 2, "--processes", 1,
        "--json", "o.json", *options,
    )  # fmt: skip
    assert (code, out) == (2, "")
    assert message in " ".join(err.split())
    assert not (tmp_path / "o.json").exists()


def test_benchmark_tells_small_scores_in_digits_that_count(run, tmp_path):
    """A score of 9e-7 is not 0.00."""
    (tmp_path / "tiny.csv").write_text(f"architecture,score\n{SPACE[5]},9.1234e-7\n{SPACE[6]},1e-7\n")
    code, out, _ = run(
        "benchmark", "random", "--table", "tiny.csv", "--space", "nasbench201", "--runs", 2, "--processes", 1
    )
    assert code == 0
    assert "9.123e-07" in out


def test_benchmark_with_a_budget_of_seconds(run, tmp_path):
    """No run spends more recorded training seconds than it was given."""
    code, *_ = run("benchmark", "random", "--seconds", 40_000, "--runs", 2, "--processes", 1, "--json", "s.json")
    result = json.loads((tmp_path / "s.json").read_text())

    assert code == 0
    assert all(0 < sum(run["seconds"]) <= 40_000 for run in result["runs"])


def test_benchmark_with_parallel_workers(run, tmp_path):
    """Eight trainings at a time on a simulated clock: times beside every query, in the order of asking."""
    code, out, _ = run(
        "benchmark", "regularized_evolution", "--queries", 40, "--workers", 8, "--runs", 2, "--processes", 1,
        "--json", "w.json",
    )  # fmt: skip
    result = json.loads((tmp_path / "w.json").read_text())

    assert code == 0
    assert result["workers"] == 8
    assert "trainings at a time" in out
    for each in result["runs"]:
        assert each["starts"] == sorted(each["starts"])
        assert each["starts"][:9] == [0] * 8 + [min(each["ends"])]
        assert len(set(each["architectures"])) == len(each["ends"]) == 40
        assert [b - a for a, b in zip(each["starts"], each["ends"], strict=True)] == pytest.approx(each["seconds"])


def test_benchmark_goes_on_from_earlier_results(run, tmp_path):
    """--from a CSV file, and from a benchmark's own JSON: nothing known is looked up again."""
    (tmp_path / "known.csv").write_text(f"architecture,score\n{SPACE[11]},91.5\n{SPACE[12]},80\n")
    options = ("--queries", 12, "--runs", 1, "--processes", 1, "--json")
    code, out, _ = run("benchmark", "local_search", "--from", "known.csv", *options, "first.json")
    first = json.loads((tmp_path / "first.json").read_text())["runs"][0]["architectures"]
    run("benchmark", "local_search", "--from", "first.json", "--seed", 1, *options, "second.json")
    second = json.loads((tmp_path / "second.json").read_text())["runs"][0]["architectures"]

    assert code == 0
    assert "results known before" in out
    assert {str(cell) for cell in SPACE.neighbors(SPACE[11])} >= set(first)  # climbs from the better of the two
    assert not set(first) & set(second)


def test_benchmark_of_metad2a_without_images_says_so(run, tmp_path):
    """It still runs, for the average source task, and says that on the way."""
    code, _, err = run("benchmark", "metad2a", "--queries", 3, "--runs", 1, "--processes", 1, "--json", "z.json")

    assert code == 0
    assert "average source task" in err
    assert len(json.loads((tmp_path / "z.json").read_text())["runs"][0]["scores"]) == 3


def test_pretrain_writes_weights_that_load(run, tmp_path):
    """One epoch: weights, figures and the picture of the losses are there; the weights open as a latent space."""
    from nas_plugins.spaces.arch2vec import Arch2Vec

    code, *_ = run("pretrain", "--epochs", 1, "--output", "w.safetensors", "--json", "t.json")
    metrics = json.loads((tmp_path / "t.json").read_text())["metrics"]

    assert code == 0
    assert 0 <= metrics["reconstruction_accuracy"] <= 1
    assert Arch2Vec.pretrained(tmp_path / "w.safetensors").dimensions == 16
    assert is_picture(tmp_path / "w.png")


def test_enumerate_lists_a_space_once(run, tmp_path):
    """One row per architecture, in the order of the enumeration, and 6,466 forms on NAS-Bench-201."""
    import pandas as pd

    code, out, _ = run("enumerate", "--space", "nasbench201", "--output", "cells.parquet")
    rows = pd.read_parquet(tmp_path / "cells.parquet")

    assert code == 0
    assert "15,625" in out
    assert rows["architecture"].nunique() == len(rows) == 15_625
    assert rows["canonical_form"].nunique() == 6466


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["propose"], "Missing argument"),
        (["propose", "nowhere"], "nothing at 'nowhere'"),
        (["propose", "digits", "--space", "nowhere"], "wanted a search space out of nasbench101, nasbench201"),
        (["propose", "digits", "--top", "0"], "--top"),
        (["propose", "digits", "--seed", "x"], "--seed"),
        (["propose", "digits", "--json", "."], "folder"),
        (["search", "digits", "--strategy", "nowhere"], "wanted a strategy out of"),
        (["search", "digits", "--trials", "0"], "--trials"),
        (["search", "nowhere"], "nothing at 'nowhere'"),
        (["benchmark", "nowhere"], "wanted a strategy out of"),
        (["benchmark", "random", "--table", "nowhere"], "nothing at 'nowhere'"),
        (["benchmark", "random", "--guide", "test"], "nas-plugins convert"),
        (["benchmark", "random", "--guide", "nowhere"], "split"),
        (["benchmark", "random", "--queries", "3", "--seconds", "3"], "got both"),
        (["benchmark", "random", "--seconds", "-1"], "seconds"),
        (["benchmark", "random", "--workers", "0"], "--workers"),
        (["benchmark", "random", "--from", "nowhere.csv"], "found no file"),
        (["search", "digits", "--from", "nowhere.csv"], "found no file"),
        (["benchmark", "random", "--processes", "2", "--address", "auto"], "got both"),
        (["pretrain", "--preset", "nowhere"], "wanted a preset out of"),
        (["enumerate", "--space", "nowhere"], "wanted a search space out of"),
        (["meta-train", "nowhere", "nowhere.npz"], "source database"),
        (["collect", "nowhere"], "nothing at 'nowhere'"),
        (["collect", "digits", "--style", "cubist"], "wanted styles out of plain, grey"),
        (["collect", "digits", "--least-epochs", "40"], "least_epochs <= most_epochs"),
        (["collect", "digits", "--trainings", "0"], "--trainings"),
        (["collect", "digits", "--records", "."], "folder"),
        (["convert", "nowhere", "table.npz"], "nothing at nowhere"),
        (["nowhere"], "No such command"),
        (["propose", "digits", "--nowhere"], "No such option"),
    ],
)
def test_bad_input_ends_in_one_line(run, arguments, says):
    """Exit code 2, nothing on standard output, one line on standard error that says what is wrong."""
    code, out, err = run(*arguments)

    assert code == 2
    assert out == ""
    assert says in err
    assert len(err.strip().splitlines()) == 1
    assert err.startswith("error: ")


def test_collect_refuses_a_file_that_holds_something_else(run, tmp_path):
    """One line, and the file stays as it is."""
    (tmp_path / "mine.parquet").write_text("a shopping list")
    code, out, err = run("collect", "digits", "--records", "mine.parquet")

    assert code == 2
    assert out == ""
    assert "wanted training records in mine.parquet" in err
    assert (tmp_path / "mine.parquet").read_text() == "a shopping list"


def test_one_class_of_pictures_is_one_line(run, pictures):
    for picture in (pictures / "light").iterdir():
        picture.unlink()
    (pictures / "light").rmdir()
    code, _, err = run("propose", pictures)

    assert code == 2
    assert "class" in err


def test_help_names_every_command(run):
    code, out, _ = run()

    assert code == 0
    assert all(name in out for name in ("propose", "search", "benchmark", "pretrain", "meta-train", "convert"))
