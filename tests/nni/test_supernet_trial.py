"""Trials of NNI in a supernet, and the experiment that `nni-init` writes for them."""

import json
from pathlib import Path
from typing import Any

import nni
import numpy as np
import pytest
import torch
import yaml

from nas_plugins.datasets import load_dataset
from nas_plugins.nni import supernet_trial, training_trial, write_project
from nas_plugins.spaces import MobileNetV3
from nas_plugins.spaces.errors import DamagedFile, InvalidArgument
from nas_plugins.spaces.mobilenetv3.checkpoint import save_supernet
from nas_plugins.spaces.mobilenetv3.subnet import SMALLEST
from nas_plugins.spaces.mobilenetv3.supernet import Supernet
from tests.stripes import SIZE, stripes_folder
from tests.tune.catalogue import noise_dataset

SPACE = MobileNetV3()


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A file of a tiny random supernet."""
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return str(save_supernet(tmp_path_factory.mktemp("weights") / "tiny.safetensors", Supernet(3, width=0.1)))


def evaluated(monkeypatch: pytest.MonkeyPatch, weights: str, parameters: dict[str, Any]) -> tuple[float, Any]:
    """What a trial with these parameters returns and reports."""
    reported: list[Any] = []
    monkeypatch.setattr(nni, "get_next_parameter", lambda: parameters)
    monkeypatch.setattr(nni, "report_final_result", reported.append)
    accuracy = supernet_trial(noise_dataset(), weights, image_size=32, latency_passes=1, device="cpu")
    return accuracy, reported


def test_a_trial_reports_accuracy_and_costs_of_its_architecture(monkeypatch: pytest.MonkeyPatch, weights: str) -> None:
    accuracy, (metric,) = evaluated(monkeypatch, weights, {"architecture": str(SMALLEST)})
    assert metric["default"] == accuracy
    assert metric["architecture"] == str(SMALLEST)
    cost = SPACE.cost(SMALLEST, 3, image_shape=(3, 32, 32), width=0.1)
    assert metric["multiply_adds"] == cost.multiply_adds
    assert metric["latency_ms"] > 0
    by_choices, (other,) = evaluated(monkeypatch, weights, dict(SPACE.to_choices(SMALLEST)))
    assert (by_choices, other["architecture"]) == (accuracy, str(SMALLEST))


def test_pictures_of_a_folder_are_used_in_all_their_detail(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """As the dataset read at the size of the trial, evaluated or trained, and not as one read at 32 and enlarged."""
    folder = stripes_folder(tmp_path / "stripes")
    reported: list[Any] = []
    monkeypatch.setattr(nni, "get_next_parameter", lambda: {"architecture": str(SMALLEST)})
    monkeypatch.setattr(nni, "report_intermediate_result", reported.append)
    monkeypatch.setattr(nni, "report_final_result", reported.append)
    options: dict[str, Any] = {"image_size": SIZE, "device": "cpu"}
    datasets: list[Any] = [str(folder), load_dataset(folder, SIZE), load_dataset(folder)]

    own, whole, enlarged = (supernet_trial(dataset, latency_passes=0, **options) for dataset in datasets)
    assert own == whole == 100
    assert enlarged < 90
    assert supernet_trial(str(folder), latency_passes=0, device="cpu") == 100, "at the supernet's own size"

    reported.clear()
    for dataset in datasets:
        training_trial(dataset, space="mobilenetv3", epochs=1, channels=2, precision="float32", **options)
    own, whole, enlarged = (report["train_loss"] for report in reported if isinstance(report, dict))
    assert own == whole != enlarged


def test_parameters_that_nobody_reads_are_refused(monkeypatch: pytest.MonkeyPatch, weights: str) -> None:
    with pytest.raises(InvalidArgument, match="heads"):
        evaluated(monkeypatch, weights, {"architecture": str(SMALLEST), "heads": "own"})


def test_an_experiment_in_a_supernet_is_written_whole(tmp_path: Path, weights: str) -> None:
    images = tmp_path / "noise.npz"
    np.savez(images, images=noise_dataset().images, labels=noise_dataset().labels)
    folder = tmp_path / "experiment"
    options: dict[str, Any] = {"strategy": "local_search", "space": "mobilenetv3", "dataset": str(images)}
    write_project(folder, supernet=weights, **options)
    trial = (folder / "trial" / "trial.py").read_text()
    assert f"supernet_trial({str(images)!r}, supernet={weights!r})" in trial
    compile(trial, "trial.py", "exec")
    assert json.loads((folder / "search_space.json").read_text()).keys() == SPACE.choices().keys()
    assert yaml.safe_load((folder / "config.yml").read_text())["tuner"]["classArgs"]["space"] == "mobilenetv3"

    write_project(tmp_path / "training", **options)
    assert "space='mobilenetv3'" in (tmp_path / "training" / "trial" / "trial.py").read_text()
    with pytest.raises(InvalidArgument, match="space mobilenetv3"):
        write_project(tmp_path / "other", strategy="random", supernet=weights)
    with pytest.raises(DamagedFile):
        write_project(tmp_path / "missing", supernet=str(tmp_path / "none.safetensors"), **options)
