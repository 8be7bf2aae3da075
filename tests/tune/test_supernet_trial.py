"""Trials in a supernet: by hand, and two in a run of Ray Tune."""

from pathlib import Path
from typing import Any

import pytest
import torch
from ray import tune

from nas_plugins.datasets import load_dataset
from nas_plugins.spaces import MobileNetV3
from nas_plugins.spaces.errors import DamagedFile, InvalidArchitecture, InvalidArgument
from nas_plugins.spaces.mobilenetv3 import checkpoint
from nas_plugins.spaces.mobilenetv3.checkpoint import save_supernet
from nas_plugins.spaces.mobilenetv3.subnet import LARGEST, SMALLEST
from nas_plugins.spaces.mobilenetv3.supernet import Supernet
from nas_plugins.tune import RandomSearcher, SupernetTrial, evaluate_supernet
from tests.stripes import SIZE, stripes_folder
from tests.tune.catalogue import noise_dataset

SPACE = MobileNetV3()
QUICK: dict[str, Any] = {"image_size": 32, "latency_passes": 1, "device": "cpu"}


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A file of a tiny random supernet."""
    torch.manual_seed(0)
    return str(save_supernet(tmp_path_factory.mktemp("weights") / "tiny.safetensors", Supernet(3, width=0.25)))


def figures(trial: tune.Trainable) -> dict[str, Any]:
    report = trial.step()
    return {name: report[name] for name in ("accuracy", "multiply_adds", "parameters", "done")}


def test_a_trial_reports_accuracy_and_costs(weights: str) -> None:
    """One step, and done."""
    report = evaluate_supernet(weights, noise_dataset(), **QUICK)({"architecture": str(SMALLEST)}).step()

    assert report["done"]
    assert 0 <= report["accuracy"] <= 100
    assert report["latency_ms"] > 0
    assert report["seconds"] > 0
    assert report["parameters"] == SPACE.cost(SMALLEST, 3, width=0.25).parameters


def test_weights_are_read_once_per_process(weights: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A process that goes on to another subnet or setting reads no file again and reports what a new one would."""
    read: list[str] = []
    load = checkpoint.load_supernet
    monkeypatch.setattr(checkpoint, "load_supernet", lambda path: (read.append(str(path)), load(path))[1])
    trial = evaluate_supernet(weights, noise_dataset(), **QUICK)({"architecture": str(SMALLEST)})
    trial.step()
    assert trial.reset_config(SPACE.to_choices(LARGEST))
    again = figures(trial)
    assert trial.reset_config({"architecture": str(LARGEST), "head": "own"})
    own = figures(trial)

    assert read == [weights]
    assert again == figures(evaluate_supernet(weights, noise_dataset(), **QUICK)({"architecture": str(LARGEST)}))
    assert own["multiply_adds"] == again["multiply_adds"]


def test_everything_may_stand_in_the_configuration(weights: str) -> None:
    """The class itself is a trainable; the supernet may be an object."""
    config = {"supernet": weights, "dataset": "digits", "architecture": str(SMALLEST), "head": "fitted", **QUICK}
    assert SupernetTrial({**config, "image_size": 16, "calibration_images": 100}).train()["done"]
    supernet = checkpoint.load_supernet(weights)
    assert evaluate_supernet(supernet, noise_dataset(), **QUICK)({"architecture": str(SMALLEST)}).step()["done"]


def test_pictures_of_a_folder_are_evaluated_in_all_their_detail(tmp_path: Path) -> None:
    """As the dataset read at the size of the trial, which is the setting's or the supernet's, and not as at 32.

    Measured with the weights that ship: 54 % at 64 pixels and 46 % at their own 48 where 32 pixels were read.
    """
    folder = stripes_folder(tmp_path / "stripes", each=60)

    def accuracy(dataset: Any, **settings: Any) -> float:
        settings = {"latency_passes": 0, "device": "cpu", **settings}
        trial = evaluate_supernet("mobilenetv3", dataset, **settings)
        return trial({"architecture": str(SMALLEST)}).step()["accuracy"]

    assert accuracy(str(folder), image_size=SIZE) == accuracy(load_dataset(folder, SIZE), image_size=SIZE) == 100
    assert accuracy(load_dataset(folder), image_size=SIZE) < 90
    own = checkpoint.find_supernet().image_size
    assert accuracy(folder) == accuracy(load_dataset(folder, own)) == 100
    assert accuracy(load_dataset(folder)) < 90


def test_bad_configurations_are_refused(weights: str) -> None:
    """No supernet, no architecture, another space, a misspelt entry, a file that is not there."""
    good: dict[str, Any] = {"supernet": weights, "dataset": "digits", "architecture": str(SMALLEST), **QUICK}
    for bad, error in (
        ({name: value for name, value in good.items() if name != "supernet"}, InvalidArgument),
        ({name: value for name, value in good.items() if name != "architecture"}, InvalidArchitecture),
        ({**good, "space": "nasbench201"}, InvalidArgument),
        ({**good, "image_sise": 32}, InvalidArgument),
        ({**good, "supernet": "absent"}, DamagedFile),
    ):
        with pytest.raises(error):
            SupernetTrial(bad)


@pytest.mark.parametrize("bad", [{"epochs": 3}, {"batch_size": 0}])
def test_settings_are_checked_before_any_trial(weights: str, bad: dict[str, Any]) -> None:
    with pytest.raises(InvalidArgument):
        evaluate_supernet(weights, noise_dataset(), **bad)


@pytest.mark.usefixtures("one_cpu")
def test_a_run_of_ray_tune(weights: str, tmp_path: Path) -> None:
    """Two subnets from a searcher, in one process that is used again; each trial ends with its figures."""
    analysis = tune.run(
        evaluate_supernet(weights, noise_dataset(), **QUICK),
        search_alg=RandomSearcher(space="mobilenetv3", seed=0),
        metric="accuracy",
        mode="max",
        num_samples=2,
        max_concurrent_trials=1,
        reuse_actors=True,
        storage_path=str(tmp_path),
        verbose=0,
    )
    for trial in analysis.trials:
        subnet = SPACE.parse(trial.config["architecture"])
        assert trial.last_result["parameters"] == SPACE.cost(subnet, 3, width=0.25).parameters
    assert len({trial.last_result["pid"] for trial in analysis.trials}) == 1
