"""`nas-plugins reproduce arch2vec-...`: the tables and the figure in small."""

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from nas_plugins.cli import main
from nas_plugins.evaluation import Run, load_benchmark
from nas_plugins.reproduction import nasbench101_targets, search_runs
from nas_plugins.reproduction.search_runs import regret_over_time


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
def stand_in(tmp_path, monkeypatch) -> Path:
    """Tables over NAS-Bench-201 in place of NAS-Bench-101's, under its name."""
    monkeypatch.setattr(nasbench101_targets, "SPACE", "nasbench201")
    monkeypatch.setattr(nasbench101_targets, "SECONDS", 2e4)
    table = load_benchmark("nasbench201/cifar10")
    folder = tmp_path / "tables"
    folder.mkdir()
    for split, offset in (("validation", 0.0), ("test", 2.0)):
        with (folder / f"{split}.csv").open("w", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(("architecture", "score", "seconds"))
            writer.writerows((str(a), table.score(a) + offset, table.seconds(a)) for a in table.architectures())
    return folder


def rows(path: Path) -> dict[tuple[str, bool], dict[str, Any]]:
    """The rows of a report's first table by method, and whether they are the paper's."""
    table = json.loads(path.read_text())["tables"][0]
    return {(row["method"], row["published"]): row for row in table["rows"]}


def is_picture(path: Path) -> bool:
    with Image.open(path) as image:
        return min(image.size) > 200


def test_table_3_has_ours_beside_the_published_and_remembers(run, tmp_path):
    """The table over validation accuracies; a second call reads the searches of the first, fewer of them too."""
    arguments = ("arch2vec-table3", "--strategies", "random,local_search", "--processes", 1)
    code, out, err = run(*arguments, "--runs", 2, "--json", "a.json")
    folder = tmp_path / "results" / "reproduce-arch2vec-table3"
    written = {path: path.stat().st_mtime_ns for path in (folder / "runs").iterdir()}
    run(*arguments, "--runs", 1, "--json", "b.json")
    first, second = rows(tmp_path / "a.json"), rows(tmp_path / "b.json")

    assert code == 0, err
    assert first["arch2vec-BO", True]["figures"]["CIFAR-100 validation"]["mean"] == 73.35
    assert first["optimum", False]["figures"]["CIFAR-10 validation"]["mean"] == pytest.approx(91.61, abs=0.01)
    assert 80 < first["random search", False]["figures"]["CIFAR-10 validation"]["mean"] <= 91.61
    # The budgets allow about as many queries as the paper's, whose mean costs are 110 s, 3,656 s and 11,092 s.
    assert all(90 < int(count) < 160 for count in first["random search", False]["details"]["queries"].split(" / "))
    assert "NOT after 12" in " ".join(out.split())
    assert len(written) == 6
    assert written == {path: path.stat().st_mtime_ns for path in written}
    assert second["local search", False]["figures"]["CIFAR-10 validation"]["runs"] == 1
    assert is_picture(folder / "table.png")
    assert is_picture(folder / "regret.png")


def test_searches_depend_on_neither_processes_nor_parts(run, tmp_path, monkeypatch):
    """One process and two, in one part and in parts of one run, give the same table."""
    for processes in (1, 2):
        monkeypatch.setattr(search_runs, "_PART", 3 - processes)
        code, _, err = run(
            "arch2vec-table3", "--strategies", "random", "--runs", 2, "--processes", processes,
            "--output", f"p{processes}", "--json", f"{processes}.json",
        )  # fmt: skip
        assert code == 0, err

    assert rows(tmp_path / "1.json") == rows(tmp_path / "2.json")


def test_table_3_is_guided_by_twelve_epochs_where_they_are_known(run, tmp_path):
    """Of a folder with ``cifar10_12_epochs.csv`` the short training guides, and test accuracies are reported."""
    table = load_benchmark("nasbench201/cifar10")
    names = ("cifar10", "cifar100", "imagenet16-120", "cifar10_12_epochs")
    (tmp_path / "tests").mkdir()
    for name in names:
        sign = -1 if name == "cifar10_12_epochs" else 1  # the worst cell is best after 12 epochs
        lines = "\n".join(f"{cell},{50 + sign * table.score(cell) / 2}" for cell in table.architectures())
        (tmp_path / "tests" / f"{name}.csv").write_text(f"architecture,score\n{lines}\n")
    code, out, err = run(
        "arch2vec-table3", "--strategies", "random", "--runs", 1, "--processes", 1, "--tables", "tests", "--json",
        "t.json",
    )  # fmt: skip
    figures = rows(tmp_path / "t.json")["random search", False]["figures"]

    assert code == 0, err
    assert figures["CIFAR-10 test"]["mean"] < 60 < figures["CIFAR-100 test"]["mean"]
    assert "after 12 epochs, one training, as in the paper" in " ".join(out.split())


def test_table_2_and_figure_6_need_a_table(run):
    """Without NAS-Bench-101's table both end in one line that names the one on NAS-Bench-201."""
    for name in ("arch2vec-table2", "arch2vec-figure6"):
        code, _, err = run(name)

        assert code == 2
        assert len(err.strip().splitlines()) == 1
        assert "arch2vec-table3" in err


def test_table_2_and_figure_6_beside_the_authors_curves(run, tmp_path, stand_in):
    """With a table both run; the authors' curves appear with their ends as regret and as test accuracy."""
    (tmp_path / "curves").mkdir()
    (tmp_path / "curves" / "RL-arch2vec-model-nasbench-101.json").write_text(
        json.dumps({"time_plot": [2e3, 1e4, 9e5], "valid_plot": [0.1, 0.05, 0.01], "test_plot": [0.05, 0.01, 0.002]})
    )
    for name in ("arch2vec-table2", "arch2vec-figure6"):
        code, _, err = run(
            name, "--tables", stand_in, "--source", "curves", "--strategies", "random,reinforce_discrete", "--runs", 2,
            "--processes", 1, "--json", f"{name}.json",
        )  # fmt: skip
        assert code == 0, err
    found = rows(tmp_path / "arch2vec-figure6.json")
    curve = found["arch2vec-RL, end of its curve", True]["figures"]

    assert found == rows(tmp_path / "arch2vec-table2.json")
    assert curve["test regret"]["mean"] == pytest.approx(0.2)
    assert curve["test accuracy"]["mean"] == pytest.approx(94.12, abs=0.01)
    assert found["NAO", True]["figures"]["test accuracy"]["mean"] == 93.74
    ours = found["random search", False]["figures"]
    assert ours["test accuracy"]["mean"] + ours["test regret"]["mean"] == pytest.approx(93.61, abs=0.01)
    assert is_picture(tmp_path / "results" / "reproduce-arch2vec-figure6" / "figure.png")


def test_a_budget_that_pays_for_no_training_is_told_in_one_line(run, stand_in, monkeypatch):
    """Where every recorded training takes longer than the budget, there is nothing to report."""
    monkeypatch.setattr(nasbench101_targets, "SECONDS", 1e-3)
    for name in ("arch2vec-table2", "arch2vec-figure6"):
        code, _, err = run(name, "--tables", stand_in, "--strategies", "random", "--runs", 1, "--processes", 1)

        assert code == 2
        assert "wanted a recorded training within the budget" in err.strip().splitlines()[-1]


def test_there_are_never_more_processes_than_searches(run, monkeypatch):
    """A million processes for one search are one."""
    asked = []
    real = search_runs.simulate_many

    def simulate_many(*arguments, processes, **options):
        asked.append(processes)
        return real(*arguments, processes=1, **options)

    monkeypatch.setattr(search_runs, "simulate_many", simulate_many)
    code, _, err = run("arch2vec-table3", "--strategies", "random", "--runs", 1, "--processes", 1_000_000)

    assert code == 0, err
    assert asked == [1, 1, 1]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("arch2vec-table3", "--strategies", "random,randon"), "randon"),
        (("arch2vec-table3", "--strategies", "random,random"), "once"),
        (("arch2vec-table3", "--candidates", 50), "--candidates"),
        (("arch2vec-table2", "--source", "."), "curves"),
        (("arch2vec-table2", "--source", "~nobody_lives_here/curves"), "which can be neither"),
        (("arch2vec-table2", "--tables", "~nobody_lives_here/tables"), "which can be neither"),
        (("arch2vec-table3", "--tables", "~nobody_lives_here/tables"), "which can be neither"),
        (("arch2vec-table2", "--strategies", "randon"), "randon"),
        (("arch2vec-table3", "--runs", 10**20), "wanted --runs from 1"),
    ],
)
def test_bad_input_ends_in_one_line(run, arguments, says):
    """Unknown or repeated strategies, options without effect and folders without curves: exit code 2."""
    code, _, err = run(*arguments)

    assert code == 2
    assert says in err
    assert "Traceback" not in err


def test_regret_is_of_what_the_guide_says_is_best():
    """Curves follow the incumbent of the guide, whose reported score may fall, on the runs' own clocks."""
    table = load_benchmark("nasbench201/cifar10")
    cells = sorted(table.architectures(), key=table.score)
    best, good, bad = cells[-1], cells[-1000], cells[5000]
    # The guide thinks the bad one best; the second run starts later.
    runs = [Run((good, bad), (1.0, 2.0), (10.0, 10.0)), Run((best,), (1.0,), (15.0,))]
    time, mean, low, high = regret_over_time(runs, table, 100.0)
    regret = {cell: table.score(best) - table.score(cell) for cell in (good, bad)}

    assert time[0] == 15.0
    assert time[-1] == pytest.approx(100.0)
    assert mean[0] == pytest.approx(regret[good] / 2)
    assert mean[-1] == pytest.approx(regret[bad] / 2)
    assert np.all(low <= mean)
    assert np.all(mean <= high)
