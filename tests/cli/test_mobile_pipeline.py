"""The whole way in the MobileNetV3 space at the smallest scale: supernet, records, MetaD2A, proposals, search."""

import json
from dataclasses import replace
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest

from nas_plugins.cli import main
from nas_plugins.evaluation.collection_plan import CollectionPlan
from nas_plugins.spaces import MobileNetV3
from nas_plugins.spaces.mobilenetv3.checkpoint import load_supernet, save_supernet
from nas_plugins.spaces.mobilenetv3.supernet import Supernet
from nas_plugins.strategies.metad2a import MetaD2AModel
from nas_plugins.strategies.metad2a.training_records import TrainingRecords
from tests.stripes import SIZE, stripes_folder

pytestmark = pytest.mark.xdist_group("ray")

SPACE = MobileNetV3()


def no_ray(*_: object) -> None:
    """In place of Ray where a command ends before it starts."""
    raise AssertionError("Ray was started")


def run(*arguments: object) -> int:
    with pytest.raises(SystemExit) as caught:
        main([str(argument) for argument in arguments])
    return int(caught.value.code or 0)


@pytest.fixture(scope="module")
def stripes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Five classes that differ in the colour of their stripes."""
    rng = np.random.default_rng(0)
    labels = np.repeat(np.arange(5), 24)
    images = rng.integers(0, 80, (len(labels), 16, 16, 3))
    images[:, ::2] += (np.eye(5, 3)[labels] * 150).astype(np.int64)[:, None, None]
    path = tmp_path_factory.mktemp("images") / "stripes.npz"
    np.savez(path, images=images.astype(np.uint8), labels=labels)
    return path


@pytest.fixture(scope="module")
def supernet(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A supernet trained for one epoch on digits."""
    folder = tmp_path_factory.mktemp("supernet")
    files = ("--output", folder / "supernet.safetensors", "--json", folder / "supernet.json")
    size = ("--width", 0.1, "--image-size", 16, "--stretch", 0, "--most", 20)
    assert run("train-supernet", "digits", *files, *size, "--checkpoint", folder / "c.safetensors") == 0
    # A second run finds the checkpoint, has nothing to train, and writes the same weights.
    again = folder / "again.safetensors"
    assert run("train-supernet", "digits", "--output", again, *size, "--checkpoint", folder / "c.safetensors") == 0
    assert load_supernet(again).fingerprint() == load_supernet(folder / "supernet.safetensors").fingerprint()
    figures = json.loads((folder / "supernet.json").read_text())
    assert [epoch["phase"] for epoch in figures["history"]] == ["largest"]
    return folder / "supernet.safetensors"


def test_a_supernet_says_what_it_was_trained_on(supernet: Path) -> None:
    trained = load_supernet(supernet)
    assert trained.image_size == 16
    assert trained.class_names == tuple(f"digits/{digit}" for digit in range(10))
    assert supernet.stat().st_size < 600_000, "weights are kept in 16 bits"


def test_a_supernet_goes_on_with_what_looks_best_and_records_are_of_that_too(
    supernet: Path, stripes: Path, tmp_path: Path, plans: list[CollectionPlan]
) -> None:
    more = tmp_path / "more.safetensors"
    options = ("--start", supernet, "--attentive-epochs", 1, "--measured", 10, "--most", 20)
    assert run("train-supernet", "digits", *options, "--output", more, "--json", "more.json") == 0
    assert [epoch["phase"] for epoch in json.loads(Path("more.json").read_text())["history"]] == ["attentive"]
    before, after = load_supernet(supernet), load_supernet(more)
    assert (after.width, after.image_size, after.class_names) == (before.width, before.image_size, before.class_names)
    assert before.fingerprint() != after.fingerprint()
    assert before.attention is None
    assert after.attention is not None
    for weights in (supernet, more):
        assert run("collect", stripes, "--space", "mobilenetv3", "--supernet", weights) == 0
    contrasts, mixed = ([SPACE.parse(text) for text in plan.favoured[:400]] for plan in plans)
    assert after.attention.worth(mixed[1::2]).mean() > after.attention.worth(contrasts[1::2]).mean() + 0.5
    for drawn in (contrasts, mixed[::2]):  # contrasts have one kind of layer to a unit
        assert all(len(set(unit)) == 1 for subnet in drawn for unit in subnet.units)


@pytest.mark.usefixtures("one_cpu")
def test_records_of_a_supernet_train_a_proposer_that_keeps_to_bounds(
    supernet: Path, stripes: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    collected = ("--supernet", supernet, "--records", "r.parquet", "--plain", "--most-images", 40)
    known = run("collect", "digits", "--space", "mobilenetv3", *collected, "--trainings", 2)
    assert known == 2, "classes that the supernet knows make no tasks"
    assert run("collect", stripes, "--space", "mobilenetv3", *collected, "--trainings", 12, "--architectures", 4) == 0
    records = list(TrainingRecords.load("r.parquet"))
    assert len(records) == 12
    assert len({record.protocol for record in records}) == 1
    assert "image_size=16" in records[0].protocol

    others = (replace(record, protocol="another", accuracy=record.accuracy / 2) for record in records)
    TrainingRecords(others).save("more.parquet")
    options = ("--members", 1, "--predictor-epochs", 2, "--generator-epochs", 2, "--more", "more.parquet")
    assert run("meta-train", "r.parquet", stripes, "--space", "mobilenetv3", *options, "--output", "m.safetensors") == 0
    rankings = MetaD2AModel.load("m.safetensors", SPACE).about["rankings"]
    assert len(rankings) == 3
    assert all(name.endswith("5 classes of stripes, another") for name in rankings)
    wanted = ("--space", "mobilenetv3", "--weights", "m.safetensors", "--max-macs", "150M", "--candidates", 40)
    assert run("propose", stripes, *wanted, "--top", 5, "--json", "p.json") == 0
    proposals = json.loads(Path("p.json").read_text())["proposals"]
    assert len(proposals) == 5
    for proposal in proposals:
        cost = SPACE.cost(SPACE.parse(proposal["architecture"]), 5)
        assert cost.multiply_adds == proposal["multiply_adds"] <= 150e6


@pytest.mark.usefixtures("one_cpu")
def test_records_of_tuned_subnets_say_so(
    supernet: Path, stripes: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    options = ("--space", "mobilenetv3", "--records", "r.parquet", "--plain", "--most-images", 40, "--trainings", 2)
    length = ("--passes", 200, "--least-epochs", 4, "--most-epochs", 6)
    assert run("collect", stripes, *options, "--tune") == 2
    assert "wanted --supernet beside --tune" in " ".join(capsys.readouterr().err.split())
    assert run("collect", stripes, *options, *length, "--tune", "--supernet", supernet) == 0
    records = list(TrainingRecords.load("r.parquet"))
    assert len(records) == 2
    assert {record.protocol.split(",")[0] for record in records} == {"tuned"}
    assert "image_size=16" in records[0].protocol
    assert run("collect", stripes, *options, "--supernet", supernet) == 0
    assert len({record.protocol for record in TrainingRecords.load("r.parquet")}) == 2, "evaluations are others"


@pytest.fixture
def plans(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[CollectionPlan]:
    """What collect would have collected, in a folder with a supernet of 48 pixels; Ray is not started."""
    plans: list[CollectionPlan] = []
    monkeypatch.setattr(
        import_module("nas_plugins.tune.collection"), "collect", lambda plan, *_, **__: plans.append(plan) or ()
    )
    monkeypatch.chdir(tmp_path)
    untrained = Supernet(3, width=0.1)
    untrained.image_size = 48
    save_supernet("of_48", untrained)
    return plans


_IN_SUPERNET = ("--space", "mobilenetv3", "--supernet", "of_48")


@pytest.mark.parametrize(
    ("options", "size"), [(("--image-size", SIZE), SIZE), (_IN_SUPERNET, 48), ((*_IN_SUPERNET, "--tune"), 48)]
)
def test_collect_reads_a_folder_at_the_size_of_its_trainings(
    options: tuple[object, ...], size: int, tmp_path: Path, plans: list[CollectionPlan]
) -> None:
    """The size asked for, or the supernet's own."""
    assert run("collect", stripes_folder(tmp_path / "stripes", each=2), *options) == 0
    assert [dataset.image_size for dataset in plans[0].datasets.values()] == [(size, size)]


@pytest.mark.parametrize(
    ("options", "unread"),
    [
        ((), {"passes", "least_epochs", "most_epochs", "cells", "channels", "image_size"}),
        (("--tune", "--passes", 500), {"cells", "channels", "image_size"}),
    ],
)
def test_collect_tells_the_protocol_and_no_settings_that_nothing_read(
    options: tuple[object, ...], unread: set[str], plans: list[CollectionPlan]
) -> None:
    assert run("collect", "digits", *_IN_SUPERNET, *options, "--json", "c.json") == 0
    result = json.loads(Path("c.json").read_text())
    assert result["protocol"] == plans[0].measure.protocol
    assert "image_size=48" in result["protocol"]
    assert unread.isdisjoint(result["settings"])
    assert {"classes", "images", "architectures", "styles", "seed"} <= result["settings"].keys()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--image-size", 64, "--passes", 9), "got passes=9, image_size=64; leave out"),
        (("--most-epochs", 40, "--cells", 2), "wanted no length and no size to evaluate subnets of a supernet, got"),
        (("--tune", "--channels", 4, "--passes", 9), "got channels=4; leave out what nothing reads"),
        (("--plain", "--style", "grey"), "wanted --plain or --style, got both"),
    ],
)
def test_collect_refuses_what_nothing_reads(
    options: tuple[object, ...],
    message: str,
    plans: list[CollectionPlan],
    capsys: pytest.CaptureFixture[str],
) -> None:
    """In one line, before a picture is looked at."""
    assert run("collect", "nowhere", *_IN_SUPERNET, *options) == 2
    assert message in " ".join(capsys.readouterr().err.split())
    assert not plans


def test_collect_refuses_cells_where_architectures_have_depths(
    plans: list[CollectionPlan], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("collect", "nowhere", "--space", "mobilenetv3", "--cells", 2) == 2
    assert "wanted no --cells in mobilenetv3" in " ".join(capsys.readouterr().err.split())
    assert not plans


@pytest.mark.usefixtures("one_cpu")
@pytest.mark.parametrize("trial", ["evaluate", "tune"])
def test_a_search_evaluates_or_tunes_subnets(
    trial: str, supernet: Path, stripes: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    options = ("--space", "mobilenetv3", "--strategy", "random", "--supernet", supernet, "--trial", trial)
    length = ("--epochs", 1) if trial == "tune" else ()
    assert run("search", stripes, *options, *length, "--trials", 2, "--max-macs", "200M", "--json", "s.json") == 0
    trials = json.loads(Path("s.json").read_text())["trials"]
    assert len({trial["architecture"] for trial in trials}) == 2
    for result in trials:
        assert 0 <= result["score"] <= 100
        cost = SPACE.cost(SPACE.parse(result["architecture"]), 5)
        assert result["multiply_adds"] == cost.multiply_adds <= 200e6


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--space", "mobilenetv3", "--trial", "look"), "wanted a trial out of"),
        (("--trial", "evaluate"), "wanted the space mobilenetv3"),
        (("--space", "mobilenetv3", "--trial", "train", "--supernet", "SUPERNET"), "wanted no supernet"),
        (("--space", "mobilenetv3", "--max-macs", "100M"), "smallest of mobilenetv3"),
        (("--space", "mobilenetv3", "--supernet", "TRUNCATED"), "wanted mobilenetv3_supernet weights in"),
        (("--space", "mobilenetv3", "--supernet", "TRUNCATED", "--trial", "tune"), "found a damaged or foreign file"),
        (("--space", "mobilenetv3", "--trial", "train", "--cells", "2", "--channels", "4"), "got cells=2; leave out"),
        (("--space", "mobilenetv3", "--trial", "tune", "--channels", "4"), "got channels=4; leave out"),
        (
            ("--space", "mobilenetv3", "--flip", "--epochs", "7", "--cells", "5", "--channels", "3"),
            "got epochs=7, cells=5, channels=3, flip=True; leave out",
        ),
    ],
)
def test_what_does_not_go_together_is_refused_in_one_line(
    options: tuple[str, ...],
    message: str,
    supernet: Path,
    *,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "truncated.safetensors").write_bytes(supernet.read_bytes()[:5000])
    files = {"SUPERNET": str(supernet), "TRUNCATED": "truncated.safetensors"}
    given = [files.get(option, option) for option in options]
    # The package's function of that name hides the module.
    monkeypatch.setattr(import_module("nas_plugins.tune.search"), "ray_running", no_ray)
    assert run("search", "digits", "--strategy", "random", *given) == 2
    error = capsys.readouterr().err
    assert message in " ".join(error.split())
    assert len(error.strip().splitlines()) == 1
