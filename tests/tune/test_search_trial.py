"""What a search refuses before Ray starts, and what it hands to its trials."""

from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
import torch

from nas_plugins.cli import main
from nas_plugins.datasets import ImageDataset
from nas_plugins.spaces import get_space
from nas_plugins.spaces.errors import DamagedFile, InvalidArgument
from nas_plugins.spaces.mobilenetv3.checkpoint import save_supernet
from nas_plugins.spaces.mobilenetv3.subnet import SMALLEST
from nas_plugins.spaces.mobilenetv3.supernet import Supernet
from nas_plugins.tune.search_trial import search_trial
from tests.stripes import SIZE, stripes_folder
from tests.tune.catalogue import noise_dataset


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file of a tiny random supernet that was trained at 48 pixels."""
    with torch.random.fork_rng():
        torch.manual_seed(0)
        supernet = Supernet(3, width=0.1)
    supernet.image_size = 48
    return save_supernet(tmp_path_factory.mktemp("weights") / "tiny.safetensors", supernet)


def trial(kind: str, space: str = "mobilenetv3", supernet: Path | None = None, **training: Any) -> Any:
    return search_trial(kind, noise_dataset(), get_space(space), supernet=supernet, seed=0, training=training)


@pytest.mark.parametrize(
    ("kind", "settings", "ignored"),
    [
        ("evaluate", {"flip": True, "epochs": 7, "cells": 1}, "flip=True, epochs=7;"),
        ("evaluate", {"learning_rate": 0.2}, r"learning_rate=0\.2;"),
        ("evaluate", {"epocs": 7}, "epocs=7;"),
        ("tune", {"epochs": 7, "cells": 2, "channels": 4}, "cells=2, channels=4;"),
        ("train", {"epochs": 7, "cells": 2, "channels": 4}, "got cells=2;"),
    ],
)
def test_settings_that_a_kind_does_not_read_are_refused(
    kind: str, settings: dict[str, Any], ignored: str, weights: Path
) -> None:
    """The message names them and no others; those that have their default count as not given."""
    with pytest.raises(InvalidArgument, match=f"got {ignored.removeprefix('got ')}"):
        trial(kind, supernet=None if kind == "train" else weights, **settings)


def test_settings_that_a_kind_reads_are_taken(weights: Path) -> None:
    """All defaults go with all kinds, and cells and channels are for the spaces that have them."""
    defaults = {"epochs": 12, "cells": 1, "channels": 16, "image_size": None, "flip": False}
    for kind in ("evaluate", "tune", "train"):
        trial(kind, supernet=None if kind == "train" else weights, **defaults)
    trial("train", channels=4, flip=True)
    trial("train", "nasbench201", cells=2, channels=4)
    taken = trial("evaluate", supernet=weights, image_size=16, split_seed=1, device="cpu")
    assert taken({"architecture": str(SMALLEST)}).step()["done"]


@pytest.mark.parametrize("kind", ["evaluate", "tune"])
def test_damaged_weights_are_found_before_any_trial(kind: str, weights: Path, tmp_path: Path) -> None:
    bad = tmp_path / "bad.safetensors"
    bad.write_bytes(weights.read_bytes()[:-1])
    with pytest.raises(DamagedFile, match=r"bad\.safetensors"):
        trial(kind, supernet=bad)


@pytest.mark.parametrize(
    ("options", "size"),
    [
        (("--space", "mobilenetv3", "--image-size", str(SIZE)), SIZE),
        (("--space", "mobilenetv3"), 48),
        (("--space", "mobilenetv3", "--trial", "tune"), 48),
        (("--image-size", str(SIZE)), SIZE),
        ((), 32),
    ],
)
def test_a_folder_is_read_in_the_size_of_the_trials(
    options: tuple[str, ...], size: int, weights: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The size asked for, else the supernet's, else 32."""
    monkeypatch.chdir(tmp_path)
    seen: list[ImageDataset] = []

    def stop(dataset: ImageDataset, **_: object) -> None:
        seen.append(dataset)
        raise InvalidArgument("wanted no more")

    # The package's function of that name hides the module.
    monkeypatch.setattr(import_module("nas_plugins.tune.search"), "search", stop)
    supernet = ("--supernet", str(weights)) if "mobilenetv3" in options else ()
    with pytest.raises(SystemExit):
        main(["search", str(stripes_folder(tmp_path / "stripes", each=2)), *options, *supernet])
    assert [dataset.image_size for dataset in seen] == [(size, size)]


@pytest.mark.parametrize("command", ["search", "collect", "collect-features"])
def test_trials_that_take_nothing_are_refused_before_ray_starts(
    command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Neither CPUs nor GPUs: one line."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("ray.init", lambda **_: pytest.fail("Ray was started"))
    with pytest.raises(SystemExit) as caught:
        main([command, "digits", "--cpus-per-trial", "0"])

    assert caught.value.code == 2
    assert "wanted CPUs or GPUs per trial above 0, got 0 CPUs" in " ".join(capsys.readouterr().err.split())
