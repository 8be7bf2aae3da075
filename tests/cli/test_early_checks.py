"""What does not go together, or nothing reads, is refused in one line, before pictures are read and Ray starts."""

import json
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from nas_plugins.evaluation.feature_settings import FeatureSettings
from nas_plugins.spaces import NASBench201
from nas_plugins.spaces.errors import InvalidDataset
from tests.cli.test_commands import run  # noqa: F401  # a fixture
from tests.stripes import SIZE, stripes_folder

SPACE = NASBench201()


def unread(*_: object, **__: object) -> None:
    """In place of what takes long."""
    raise AssertionError("pictures were read, or Ray was started")


@pytest.mark.parametrize(
    ("command", "message"),
    [
        ("propose digits --latency-table nothere.csv", "wanted --max-latency or --pareto beside --latency-table"),
        ("propose digits --latency-table nothere.csv --pareto", "nothere.csv"),
        ("propose digits --max-latency 5", "wanted --latency-table FILE beside --max-latency"),
        ("propose digits --space nowhere", "wanted a search space out of"),
        ("propose digits --output file", "wanted a folder to write into, file is a file"),
        ("search digits --strategy nowhere", "wanted a strategy out of"),
        ("search digits --trial look", "wanted a trial out of"),
        ("search digits --trial evaluate", "wanted the space mobilenetv3"),
        ("search digits --trial train --supernet file", "wanted no supernet"),
        ("search digits --space mobilenetv3 --cells 5", "got cells=5; leave out"),
        ("search digits --space mobilenetv3 --trial tune --supernet file", "found a damaged or foreign file"),
        ("search digits --from nothere.csv", "found no file"),
        ("search digits --max-latency 5", "wanted --latency-table FILE beside --max-latency"),
        ("search digits --latency-table nothere.csv", "nothere.csv"),
        ("search digits --output file/below", "wanted a folder to write into, file is a file"),
        ("benchmark metad2a --dataset digits --table nothere.csv", "found nothing at"),
        ("benchmark metad2a --dataset digits --from nothere.csv", "found no file"),
        ("benchmark metad2a --dataset digits --output file", "wanted a folder to write into, file is a file"),
        ("benchmark metad2a --dataset digits --max-latency 5", "wanted --latency-table FILE beside --max-latency"),
        ("benchmark random --dataset digits", "the strategy random looks at no images"),
        ("benchmark pareto+random --dataset digits", "looks at no images"),
        ("benchmark random --latency-table nothere.csv", "wanted --max-latency, or the strategy pareto"),
    ],
)
def test_refusals_come_first(run, command, message, tmp_path, monkeypatch):  # noqa: F811  # the fixture
    """Exit code 2 and one line, nothing on standard output."""
    (tmp_path / "file").write_text("no folder, no weights")
    for module in ("propose", "search", "benchmark"):
        monkeypatch.setattr(import_module(f"nas_plugins.cli.{module}"), "load_dataset", unread)
    monkeypatch.setattr(import_module("nas_plugins.tune.search"), "ray_running", unread)
    code, out, err = run(*command.split())
    assert (code, out) == (2, "")
    assert message in " ".join(err.split())
    assert len(err.strip().splitlines()) == 1


@pytest.mark.parametrize("options", ["--space mobilenetv3 --max-macs 10M", "--max-params 10"])
@pytest.mark.parametrize("strategy", ["metad2a", "default", "random"])
def test_bounds_that_nothing_keeps_are_refused_before_ray_starts(
    run: Any,  # noqa: F811  # the fixture
    options: str,
    strategy: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """They depend on the number of classes, for which pictures are read."""
    monkeypatch.setattr(import_module("nas_plugins.tune.search"), "ray_running", unread)
    code, out, err = run("search", "digits", "--strategy", strategy, *options.split())
    assert (code, out) == (2, "")
    assert "but the smallest of" in err
    assert len(err.strip().splitlines()) == 1


def test_a_part_of_a_table_goes_on_from_results_of_the_whole(run, tmp_path):  # noqa: F811  # the fixture
    """Results of cells that the part does not have are left out, those it has are known."""
    part = "".join(f"{SPACE[n]},{n}\n" for n in range(12))
    (tmp_path / "part.csv").write_text(f"architecture,score\n{part}")
    (tmp_path / "other.csv").write_text(f"architecture,score\n{SPACE[9999]},90\n{SPACE[3]},3\n{SPACE[8888]},80\n")
    options = ("--queries", 11, "--runs", 1, "--processes", 1, "--json", "b.json")
    code, out, err = run(
        "benchmark", "random", "--table", "part.csv", "--space", "nasbench201", "--from", "other.csv", *options
    )
    assert code == 0, err
    assert "results known before" in out
    (one,) = json.loads((tmp_path / "b.json").read_text())["runs"]
    assert set(one["architectures"]) == {str(SPACE[n]) for n in range(12) if n != 3}


def test_collect_features_reads_a_folder_at_the_size_of_its_trainings(
    run: Any,  # noqa: F811  # the fixture
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Not at 32 pixels whatever --image-size says."""
    sizes: list[tuple[int, int]] = []

    def collect(_: object, dataset: Any, settings: FeatureSettings, *__: object, **___: object) -> None:
        sizes.extend((dataset.image_size, (settings.image_size,) * 2))
        raise InvalidDataset("wanted no more")

    monkeypatch.setattr(import_module("nas_plugins.tune.feature_collection"), "collect_features", collect)
    folder = stripes_folder(tmp_path / "stripes", each=2)
    code, _, err = run("collect-features", folder, "--image-size", SIZE)
    assert code == 2
    assert "wanted no more" in err
    assert sizes == [(SIZE, SIZE)] * 2
