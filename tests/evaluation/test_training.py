"""Real training of an architecture on a small dataset."""

import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from nas_plugins.datasets import ImageDataset, load_dataset
from nas_plugins.evaluation.training import Training, TrainingImages, TrainingSettings, training_device, uses_bfloat16
from nas_plugins.evaluation.training_images import random_crop, random_flip
from nas_plugins.spaces import NASBench201
from nas_plugins.spaces.errors import DamagedFile, InvalidArgument, InvalidDataset, InvalidState

SPACE = NASBench201()
SMALL = SPACE.parse("|nor_conv_1x1~0|+|none~0|none~1|+|skip_connect~0|none~1|nor_conv_1x1~2|")
CPU = torch.device("cpu")
QUICK = TrainingSettings(epochs=3, channels=4, device="cpu", precision="float32")


@pytest.fixture(autouse=True)
def _one_thread() -> None:
    """Small tensors; more threads would only wait for one another."""
    torch.set_num_threads(1)


def colours(count: int = 60, size: int = 8) -> ImageDataset:
    """Three classes told apart by their brightest channel."""
    rng = np.random.default_rng(0)
    labels = np.arange(count, dtype=np.int64) % 3
    images = rng.integers(0, 100, (count, size, size, 3), dtype=np.uint8)
    images[np.arange(count), :, :, labels] += 150
    return ImageDataset("colours", images, labels, ("red", "green", "blue"))


def run(training: Training) -> list[dict[str, float]]:
    """All epochs to come, without their wall-clock."""
    reports = []
    while not training.finished:
        report = training.epoch()
        assert report.pop("seconds") > 0
        reports.append(report)
    return reports


def test_it_learns_the_digits() -> None:
    """A small cell passes 80 % on the held-out digits in three epochs; chance is 10 %."""
    settings = TrainingSettings(epochs=3, batch_size=32, channels=8, device="cpu")
    reports = run(Training(SMALL, SPACE, load_dataset("digits"), settings))

    assert [report["epoch"] for report in reports] == [1, 2, 3]
    assert reports[-1]["train_loss"] < reports[0]["train_loss"]
    assert reports[-1]["accuracy"] > 80


def test_accuracy_is_percent_of_the_held_out_part() -> None:
    """The reported accuracy is what the network, in evaluation mode, gets right on train_test's test part."""
    dataset = colours()
    training = Training(SMALL, SPACE, dataset, QUICK)
    reports = run(training)
    train, test = dataset.train_test()
    pixels = train.images.reshape(-1, 3).astype(np.float64)
    inputs = torch.from_numpy((test.images - pixels.mean(0)) / pixels.std(0)).float().permute(0, 3, 1, 2)
    training.network.eval()
    predicted = training.network(inputs).argmax(1).numpy()

    assert reports[-1]["accuracy"] == pytest.approx(100 * (predicted == test.labels).mean())


def test_same_seed_same_training() -> None:
    """Equal settings give equal figures; another seed gives others; the caller's generator is left alone."""
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    first, again, other = (run(Training(SMALL, SPACE, colours(), replace(QUICK, seed=s))) for s in (1, 1, 2))

    assert first == again
    assert first != other
    assert torch.equal(torch.rand(3), expected)


@pytest.mark.parametrize("momentum", [0.9, 0.0])
def test_resume_is_exact(tmp_path: Path, momentum: float) -> None:
    """One epoch, save, load into a fresh training, the rest: the figures of an uninterrupted training."""
    settings = replace(QUICK, flip=True, momentum=momentum)
    whole = run(Training(SMALL, SPACE, colours(), settings))
    first = Training(SMALL, SPACE, colours(), settings)
    report = first.epoch()
    path = first.save(tmp_path / "training.safetensors")
    state = first.state_dict()
    second, third = (Training(SMALL, SPACE, colours(), settings) for _ in range(2))
    second.load(path)
    run(first)  # the state is a value: what the saved training does next cannot change it
    third.load_state_dict(state)

    assert report["accuracy"] == whole[0]["accuracy"]
    assert run(second) == whole[1:]
    assert run(third) == whole[1:]


def test_foreign_states_are_refused(tmp_path: Path) -> None:
    """Another architecture's, dataset's or schedule's state, a damaged one, a damaged file."""
    training = Training(SMALL, SPACE, colours(), QUICK)
    state = training.state_dict()
    for other in (
        Training(SPACE[7], SPACE, colours(), QUICK),
        Training(SMALL, SPACE, replace(colours(), name="other"), QUICK),
        Training(SMALL, SPACE, colours(), replace(QUICK, epochs=4)),
        Training(SMALL, SPACE, colours(), replace(QUICK, channels=5)),
    ):
        with pytest.raises(InvalidState):
            other.load_state_dict(state)
    for damaged in ({}, {"about": state["about"], "tensors": {}}, None):
        with pytest.raises(InvalidState):
            training.load_state_dict(damaged)  # type: ignore[arg-type]  # that is the point
    path = tmp_path / "training.safetensors"
    path.write_bytes(b"nothing")
    with pytest.raises(DamagedFile):
        training.load(path)


def test_a_diverged_training_reports_nan_and_ends() -> None:
    """When the loss is no number any more the accuracy is nan and the training is finished."""
    training = Training(SMALL, SPACE, colours(), replace(QUICK, learning_rate=1e30, weight_decay=1e10))
    report = training.epoch()

    assert math.isnan(report["accuracy"])
    assert not math.isfinite(report["train_loss"])
    assert training.finished
    with pytest.raises(InvalidArgument, match="ended"):
        training.epoch()


@pytest.mark.parametrize("changes", [{}, {"learning_rate": 1e30, "weight_decay": 1e10}], ids=["usual", "diverging"])
def test_finishing_is_training_every_epoch(changes: dict[str, float]) -> None:
    """The accuracy after the last epoch, measured once or every time; nan where the loss is no number any more."""
    one, other = (Training(SMALL, SPACE, colours(), replace(QUICK, **changes)) for _ in range(2))
    accuracy, reports = one.finish(), run(other)

    assert one.epochs_done == other.epochs_done
    np.testing.assert_equal(accuracy, reports[-1]["accuracy"])
    assert math.isnan(accuracy) == bool(changes)
    with pytest.raises(InvalidArgument, match="ended"):
        one.finish()


@pytest.mark.parametrize("count", [6, 33, 65])
@pytest.mark.parametrize("size", [4, 5, 8])
def test_small_and_odd_datasets(count: int, size: int) -> None:
    """Few images, tiny images, a last batch that would have one image: all train."""
    settings = replace(QUICK, epochs=1, batch_size=2, flip=True)

    assert 0 <= run(Training(SMALL, SPACE, colours(count, size), settings))[0]["accuracy"] <= 100


def test_images_too_small_or_nothing_to_hold_out() -> None:
    """Images below 4 pixels are refused unless enlarged; one image per class leaves nothing to test on."""
    with pytest.raises(InvalidDataset, match="image_size"):
        Training(SMALL, SPACE, colours(size=3), QUICK)
    assert run(Training(SMALL, SPACE, colours(size=3), replace(QUICK, epochs=1, image_size=8)))
    with pytest.raises(InvalidDataset):
        Training(SMALL, SPACE, colours(count=3), QUICK)


def test_bfloat16_trains_to_the_same_place() -> None:
    """Autocast changes digits, not the outcome: an easy dataset is solved in either precision."""
    for precision in ("float32", "bfloat16"):
        settings = replace(QUICK, epochs=6, batch_size=8, precision=precision)
        assert run(Training(SMALL, SPACE, colours(), settings))[-1]["accuracy"] > 90


@pytest.mark.parametrize("amx", [True, False])
def test_automatic_precision_is_bfloat16_on_cpus_with_amx_only(monkeypatch: pytest.MonkeyPatch, amx: bool) -> None:
    """AVX-512 BF16 alone does not make bfloat16 worth its conversions."""
    monkeypatch.setattr(torch.cpu, "_is_amx_tile_supported", lambda: amx, raising=False)
    monkeypatch.setattr(torch.cpu, "_is_avx512_bf16_supported", lambda: True, raising=False)

    assert uses_bfloat16("auto", CPU) is amx
    assert uses_bfloat16("bfloat16", CPU)
    assert not uses_bfloat16("float32", CPU)


def test_prepared_images_can_be_shared() -> None:
    """Images prepared once serve many trainings, with the same figures as preparing them each time."""
    images = TrainingImages.from_dataset(colours(), QUICK, CPU)

    assert run(Training(SMALL, SPACE, images, QUICK)) == run(Training(SMALL, SPACE, colours(), QUICK))


def test_normalised_training_images_have_no_mean_and_unit_spread() -> None:
    """Mean 0 and standard deviation 1 per channel over the training part; a constant channel becomes 0, not nan."""
    dataset = colours()
    dataset.images[..., 2] = 7
    images = TrainingImages.from_dataset(dataset, QUICK, CPU)
    values = images.normalise(images.train_images)

    torch.testing.assert_close(values.mean((0, 2, 3)), torch.zeros(3), atol=1e-4, rtol=0)
    torch.testing.assert_close(values.std((0, 2, 3), correction=0), torch.tensor([1.0, 1.0, 0.0]), atol=1e-4, rtol=0)


def test_random_crops_are_windows_of_the_padded_image() -> None:
    """Each crop is one of the windows of the zero-padded image, and the batch has different ones."""
    images = torch.rand(64, 3, 8, 8) + 1
    crops = random_crop(images, torch.Generator().manual_seed(0))
    padded = nn.functional.pad(images, (1, 1, 1, 1))
    offsets = set()
    for crop, image in zip(crops, padded, strict=True):
        found = [(y, x) for y in range(3) for x in range(3) if torch.equal(crop, image[:, y : y + 8, x : x + 8])]
        assert len(found) == 1
        offsets.add(found[0])

    # One of the nine windows is missed by 64 draws with probability below 9 * (8/9)^64 = 0.005; the seed is fixed.
    assert len(offsets) == 9


def test_random_flips_mirror_half_of_the_images() -> None:
    """Each image is itself or its mirror image; about half are mirrored (false alarm 1e-5; the seed is fixed)."""
    images = torch.rand(400, 3, 4, 4)
    flipped = random_flip(images, torch.Generator().manual_seed(0))
    mirrored = [torch.equal(after, before.flip(-1)) for after, before in zip(flipped, images, strict=True)]
    same = [torch.equal(after, before) for after, before in zip(flipped, images, strict=True)]

    assert all(a != b for a, b in zip(mirrored, same, strict=True))
    assert 155 < sum(mirrored) < 245


@pytest.mark.parametrize(("count", "size"), [(10, 32), (1437, 64), (2000, 64), (50_000, 256)])
def test_automatic_batch_size(count: int, size: int) -> None:
    """A power of two, at least twenty steps per epoch where the dataset allows it, 256 for the large."""
    assert TrainingSettings().batch_size_for(count) == size


@pytest.mark.parametrize(
    "wrong",
    [
        {"epochs": 0},
        {"epochs": 2.5},
        {"epochs": True},
        {"batch_size": 1},
        {"learning_rate": 0},
        {"learning_rate": math.nan},
        {"learning_rate": "fast"},
        {"momentum": -0.1},
        {"channels": None},
        {"image_size": 0},
        {"crop": 1},
        {"seed": -1},
        {"device": "tpu"},
        {"precision": "int8"},
    ],
    ids=str,
)
def test_settings_out_of_range_are_refused(wrong: dict[str, Any]) -> None:
    """Each setting says what it wants."""
    with pytest.raises(InvalidArgument, match=f"wanted {next(iter(wrong))}"):
        TrainingSettings(**wrong)


def test_settings_from_a_configuration() -> None:
    """Fields are taken, other entries left alone."""
    settings = TrainingSettings.from_config({"epochs": 3, "architecture": "x", "dataset": "digits", "flip": True})

    assert settings == TrainingSettings(epochs=3, flip=True)


@pytest.mark.skipif(torch.cuda.is_available(), reason="asks for a GPU where there is none")
def test_a_missing_gpu_is_said_plainly() -> None:
    """CUDA asked for without CUDA: one line; "auto" takes the CPU."""
    with pytest.raises(InvalidArgument, match="CUDA"):
        training_device("cuda")
    assert training_device("auto") == CPU


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
def test_on_a_gpu(tmp_path: Path) -> None:
    """On a GPU the digits are learned, and a training saved there goes on there."""
    settings = TrainingSettings(epochs=4, batch_size=32)
    training = Training(SMALL, SPACE, load_dataset("digits"), settings)
    training.epoch()
    resumed = Training(SMALL, SPACE, load_dataset("digits"), settings)
    resumed.load(training.save(tmp_path / "training.safetensors"))

    assert next(training.network.parameters()).is_cuda
    assert run(resumed)[-1]["accuracy"] > 85
