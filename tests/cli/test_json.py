"""`--json`: every command takes it, into files, links and pipes; it is there before the first line is printed."""

import errno
import json
import math
import os
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import typer

from nas_plugins.cli.main import app
from nas_plugins.cli.output import check_folder, check_writable, save_json
from nas_plugins.evaluation.converted_table import ConvertedTable
from nas_plugins.evaluation.previous_results import read_results
from nas_plugins.spaces import NASBench201
from tests.cli.test_commands import run  # noqa: F401  # a fixture

FEW = ("--candidates", 20, "--top", 3)


def broken(*_: object, **__: object) -> None:
    """Print where nobody reads on."""
    raise BrokenPipeError(errno.EPIPE, os.strerror(errno.EPIPE))


def test_every_command_takes_json():
    group = typer.main.get_command(app)
    names = [command for command, one in group.commands.items() if not any("--json" in p.opts for p in one.params)]
    assert names == []


@pytest.mark.parametrize("link", [False, True])
def test_what_is_no_number_is_null(tmp_path, link):
    """Anywhere inside; numbers of numpy stay, and a link leads to the file."""
    path = tmp_path / "result.json"
    if link:
        path.symlink_to(tmp_path / "other.json")
    save_json(path, {"a": [1.5, math.nan, (math.inf, {"b": -math.inf})], "c": np.float64("nan"), "d": np.float64(2)})
    assert json.loads(path.read_text(), parse_constant=pytest.fail) == {
        "a": [1.5, None, [None, {"b": None}]],
        "c": None,
        "d": 2,
    }
    assert path.is_symlink() == link


def test_a_failed_trial_is_read_back_as_failed(tmp_path):
    """A search's own file: null is nan again."""
    space = NASBench201()
    trials = [{"architecture": str(space[n]), "score": score} for n, score in ((1, 90.0), (2, math.nan))]
    save_json(tmp_path / "s.json", {"best": trials[0], "trials": trials})
    (_, good), (cell, failed) = read_results(tmp_path / "s.json", space)
    assert good == 90
    assert cell == space[2]
    assert math.isnan(failed)


def test_pipes_devices_and_links_can_be_written(tmp_path, monkeypatch):
    """Nothing waits for a reader, and nothing is made or replaced by the question."""
    monkeypatch.chdir(tmp_path)
    os.mkfifo("pipe")
    Path("there.json").write_text("old")
    Path("link.json").symlink_to("there.json")
    Path("new.json").symlink_to("folder/new.json")
    for name in ("pipe", "/dev/null", "/dev/stdout", "link.json", "new.json", "there.json", "sub/other.json"):
        check_writable(Path(name))
    assert sorted(file.name for file in tmp_path.iterdir()) == [
        "folder",
        "link.json",
        "new.json",
        "pipe",
        "sub",
        "there.json",
    ]
    assert Path("there.json").read_text() == "old"
    assert not [*Path("folder").iterdir(), *Path("sub").iterdir()]


def test_what_cannot_be_written_is_refused(tmp_path, monkeypatch):
    """A folder, a link to one, a place below a file, and links in a circle."""
    monkeypatch.chdir(tmp_path)
    Path("file").write_text("")
    Path("folder").mkdir()
    Path("to_folder").symlink_to("folder")
    Path("a").symlink_to("b")
    Path("b").symlink_to("a")
    for name in ("folder", "to_folder", "file/x.json", "a"):
        with pytest.raises(typer.BadParameter, match="wanted a file to write"):
            check_writable(Path(name))
    for name in ("file", "file/below"):
        with pytest.raises(typer.BadParameter, match="wanted a folder to write into, file is a file"):
            check_folder(Path(name))
    check_folder(Path("folder/new"))


def test_propose_leaves_its_json_where_nobody_reads_the_table(run, pictures, tmp_path, monkeypatch):  # noqa: F811
    monkeypatch.setattr("nas_plugins.cli.propose.show_table", broken)
    code, _, err = run("propose", pictures, *FEW, "--pareto", "--json", "p.json")
    result = json.loads((tmp_path / "p.json").read_text())
    assert (code, err) == (1, "")
    assert len(result["proposals"]) == len(result["nearest_datasets"]) == 3
    assert result["front"]


def test_map_datasets_leaves_its_json_where_nobody_reads(run, pictures, tmp_path, monkeypatch):  # noqa: F811
    monkeypatch.setattr("nas_plugins.cli.map_datasets.show", broken)
    code, _, err = run("map-datasets", pictures, "digits", "--output", "m.safetensors", "--json", "m.json")
    assert (code, err) == (1, "")
    assert json.loads((tmp_path / "m.json").read_text())["nearest"] == {"pictures": ["digits"], "digits": ["pictures"]}


def test_a_broken_pipe_ends_quietly(tmp_path):
    """In a process of its own, whose output has no reader: exit code 1, no word of it, and the file is there."""
    read, write = os.pipe()
    os.close(read)
    command = "from nas_plugins.cli import main; main('enumerate --space nasbench201 --json e.json'.split())"
    done = subprocess.run(
        [sys.executable, "-c", command], cwd=tmp_path, stdout=write, stderr=subprocess.PIPE, text=True, check=False
    )
    os.close(write)
    assert done.returncode == 1
    assert "rror" not in done.stderr
    assert "Traceback" not in done.stderr
    assert json.loads((tmp_path / "e.json").read_text()) == {
        "file": "results/nasbench201.parquet",
        "space": "nasbench201",
        "architectures": 15_625,
        "canonical_forms": 6466,
    }


def test_convert_tells_what_it_wrote(run, tmp_path, monkeypatch):  # noqa: F811
    """Where, of which space, which datasets, and how many architectures have a score."""
    scores = np.full(15_625, np.nan, np.float32)
    scores[:7] = 90
    table = ConvertedTable("nasbench201", "official.pth", {("score", "cifar10", "test", "200", "777"): scores})

    def convert(_: Any, destination: Path, *, trust: bool) -> ConvertedTable:
        assert trust
        table.save(destination)
        return table

    monkeypatch.setattr(import_module("nas_plugins.evaluation.convert"), "convert", convert)
    code, out, _ = run("convert", "official.pth", "t.npz", "--trust", "--json", "c.json")
    assert code == 0
    assert "Table: t.npz" in out
    assert json.loads((tmp_path / "c.json").read_text()) == {
        "table": "t.npz",
        "space": "nasbench201",
        "source": "official.pth",
        "datasets": ["cifar10"],
        "architectures": 7,
    }
