"""`nas-plugins train-supernet`: what it refuses before and after it reads, and at which size it reads folders."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nas_plugins.cli import main
from nas_plugins.cli.train_supernet import _kept_attention
from nas_plugins.evaluation.supernet_images import SupernetImages
from nas_plugins.spaces.errors import InvalidDataset
from nas_plugins.spaces.mobilenetv3.attention import Attention
from nas_plugins.spaces.mobilenetv3.subnet import LARGEST, SMALLEST
from nas_plugins.spaces.mobilenetv3.supernet import Supernet
from tests.stripes import SIZE, stripes_folder

QUICK = ("--width", 0.1, "--image-size", 16, "--stretch", 0, "--most", 20, "--least", 2)


def run(*arguments: object) -> int:
    with pytest.raises(SystemExit) as caught:
        main([str(argument) for argument in arguments])
    return int(caught.value.code or 0)


def archive(path: Path, seed: int = 0) -> Path:
    """Forty pictures of noise in two classes."""
    path.parent.mkdir(exist_ok=True)
    images = np.random.default_rng(seed).integers(0, 256, (40, 8, 8, 3), dtype=np.uint8)
    np.savez(path, images=images, labels=np.arange(40) % 2)
    return path


def one_line(capsys: pytest.CaptureFixture[str]) -> str:
    error = capsys.readouterr().err.strip()
    assert len(error.splitlines()) == 1
    return error


@pytest.mark.parametrize("name", ["x.pth", "x"])
def test_weights_under_another_suffix_are_refused_before_anything_is_read(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("train-supernet", tmp_path / "absent.npz", "--output", tmp_path / name) == 2
    assert ".safetensors, the format written, got" in one_line(capsys)


def test_going_on_wants_epochs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("train-supernet", tmp_path / "absent.npz", "--start", "mobilenetv3") == 2
    assert "wanted --attentive-epochs beside --start" in one_line(capsys)


def test_what_to_attend_to_is_measured_on_known_classes_and_kept_for_others() -> None:
    """A fresh classifier tells nothing of subnets: the order of the weights stays, at the strength asked for."""
    begun = Supernet(2, width=0.1)
    begun.class_names = ("a", "b")
    assert _kept_attention(begun, ("a", "b"), 3.0) is None
    indifferent = _kept_attention(begun, ("c", "d"), 3.0)
    assert indifferent is not None
    assert not indifferent.worth([LARGEST, SMALLEST]).any()
    begun.attention = Attention(np.random.default_rng(0).normal(size=indifferent.coefficients.shape))
    assert _kept_attention(begun, ("a", "b"), 3.0) is None, "measured anew"
    kept = _kept_attention(begun, ("c", "d"), 3.0)
    assert kept is not None
    assert kept.strength == 3.0
    assert np.array_equal(kept.coefficients, begun.attention.coefficients)


def test_two_datasets_of_one_name_are_refused_by_their_paths(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    one, other = archive(Path("a.npz")), archive(Path("sub/a.npz"), seed=1)
    assert run("train-supernet", one, other, "--output", "s.safetensors", *QUICK) == 2
    assert f"got {one} and {other}, whose classes '0' would both be 'a/0'" in one_line(capsys)


def test_a_checkpoint_of_other_images_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """As many images of as many classes under the same name: another training all the same."""
    files = ("--output", tmp_path / "s.safetensors", "--checkpoint", tmp_path / "c.safetensors")
    # A batch is 128 images by default, so each class has more than in the other tests.
    images = np.random.default_rng(0).integers(0, 256, (200, 8, 8, 3), dtype=np.uint8)
    path, labels = tmp_path / "a.npz", np.arange(200) % 2
    np.savez(path, images=images, labels=labels)
    size = (*QUICK[:6], "--most", 100, "--least", 2)
    assert run("train-supernet", path, *files, *size) == 0
    capsys.readouterr()
    np.savez(path, images=images[::-1], labels=labels)
    assert run("train-supernet", path, *files, *size) == 2
    assert "found one of other images or settings" in one_line(capsys)


@pytest.mark.parametrize(("image_size", "size"), [(SIZE, SIZE), (16, 32)])
def test_folders_are_read_for_the_crops_of_the_training(
    image_size: int, size: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Though the first dataset is smaller; without folders all have the first one's size, as ever."""
    gathered: list[tuple[list[tuple[int, int]], int]] = []

    def stop(datasets: Any, *, size: int, **_: object) -> SupernetImages:
        gathered.append(([dataset.image_size for dataset in datasets], size))
        raise InvalidDataset("wanted no more")

    monkeypatch.setattr(SupernetImages, "gather", stop)
    folder = stripes_folder(tmp_path / "stripes", each=2)
    small = archive(tmp_path / "a.npz")
    options = ("--image-size", image_size, "--output", tmp_path / "s.safetensors")
    assert run("train-supernet", small, folder, *options) == 2
    assert run("train-supernet", small, "digits", *options) == 2
    assert gathered == [([(8, 8), (size, size)], size), ([(8, 8), (8, 8)], 8)]
