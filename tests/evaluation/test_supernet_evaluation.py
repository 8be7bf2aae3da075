"""Subnets of a tiny random supernet, scored: heads, calibration, costs, and what is refused."""

import numpy as np
import pytest
import torch

from nas_plugins.datasets import ImageDataset
from nas_plugins.evaluation.supernet_evaluation import SupernetEvaluation
from nas_plugins.evaluation.supernet_settings import SupernetSettings
from nas_plugins.spaces import MobileNetV3
from nas_plugins.spaces.errors import InvalidArgument, InvalidDataset
from nas_plugins.spaces.mobilenetv3.subnet import SMALLEST
from nas_plugins.spaces.mobilenetv3.supernet import Supernet

SPACE = MobileNetV3()
QUICK = {"image_size": 32, "latency_passes": 0, "device": "cpu"}


def supernet(num_classes=3):
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return Supernet(num_classes, width=0.25)


def coloured(classes=3):
    """Noise around red, green and blue, with a split of its own."""
    rng = np.random.default_rng(0)
    labels = np.arange(60) % classes
    colours = 60 + 130 * np.eye(3)[:classes, None, None]
    images = np.clip(colours[labels] + rng.integers(-3, 4, (60, 8, 8, 3)), 0, 255).astype(np.uint8)
    return ImageDataset("coloured", images, labels, tuple("abcdefg"[:classes]), (np.arange(60) >= 40).astype(np.uint8))


def evaluation(dataset=None, weights=None, **settings):
    return SupernetEvaluation(weights or supernet(), dataset or coloured(), SupernetSettings(**{**QUICK, **settings}))


def test_a_fitted_head_tells_colours_apart():
    """Held-out images of three colours are recognised far above chance, 33 %, even by random features.

    Noise must be faint: without training, each block mixes it further into what tells the colours apart.
    """
    assert evaluation().evaluate(SMALLEST)["accuracy"] >= 70


def test_labels_without_meaning_score_at_chance():
    """With held-out labels drawn anew nothing can be known: the head has not seen them.

    20 images: below 75 % but for one draw in 10,000, and the seed is fixed.
    """
    dataset = coloured()
    labels = np.where(dataset.split == 1, np.random.default_rng(1).integers(3, size=60), dataset.labels)
    shuffled = ImageDataset("shuffled", dataset.images, labels, dataset.class_names, dataset.split)

    assert evaluation(shuffled).evaluate(SMALLEST)["accuracy"] < 75


def test_an_evaluation_repeats_and_leaves_the_supernet_alone():
    """Twice the same figures, in this evaluation or another; every weight and statistic of the supernet stays."""
    weights = supernet()
    before = {name: tensor.clone() for name, tensor in weights.state_dict().items()}
    subnet = SPACE.sample(np.random.default_rng(3))
    one = evaluation(weights=weights)
    results = [one.evaluate(subnet), one.evaluate(SMALLEST), one.evaluate(subnet), evaluation().evaluate(subnet)]

    for result in results:
        assert result.pop("seconds") > 0
    assert results[0] == results[2] == results[3]
    assert all(torch.equal(tensor, before[name]) for name, tensor in weights.state_dict().items())


def test_costs_are_those_of_the_subnet():
    """Parameters and multiply-adds with the dataset's classes, at the resolution and the width; a latency if wanted."""
    result = evaluation(latency_passes=2).evaluate(SMALLEST)
    cost = SPACE.cost(SMALLEST, 3, image_shape=(3, 32, 32), width=0.25)

    assert (result["parameters"], result["multiply_adds"]) == (cost.parameters, cost.multiply_adds)
    assert result["latency_ms"] > 0
    assert result.keys() == {"accuracy", "parameters", "multiply_adds", "latency_ms", "seconds"}


@pytest.mark.parametrize("classes", [None, (4, 0, 2)])
def test_the_supernets_own_classes(classes):
    """Predictions are those of the calibrated network, among the classes that the dataset's are."""
    weights, dataset = supernet(3 if classes is None else 5), coloured()
    result = evaluation(dataset, weights, head="own", classes=classes, batch_size=40).evaluate(SMALLEST)

    mean, std = torch.tensor([0.485, 0.456, 0.406]), torch.tensor([0.229, 0.224, 0.225])
    images = (torch.from_numpy(dataset.resized(32).images) / 255 - mean) / std
    train, test = (images[torch.from_numpy(dataset.split == part)].permute(0, 3, 1, 2) for part in (0, 1))
    with torch.no_grad():
        logits = weights.subnet_network(SMALLEST, [train])(test)[:, list(classes or range(3))]
    expected = (logits.argmax(1).numpy() == dataset.labels[dataset.split == 1]).mean()
    assert result["accuracy"] == pytest.approx(100 * expected)


@pytest.mark.parametrize(
    ("num_classes", "classes"), [(4, None), (3, (0, 1)), (3, (0, 1, 3))], ids=["other number", "too few", "unknown"]
)
def test_classes_that_do_not_fit_are_refused(num_classes, classes):
    with pytest.raises(InvalidArgument, match="class of the supernet"):
        evaluation(weights=supernet(num_classes), head="own", classes=classes)


def test_one_training_image_is_refused():
    dataset = coloured()
    few = ImageDataset("few", dataset.images[:2], np.array([0, 1]), ("a", "b"))
    with pytest.raises(InvalidDataset):
        evaluation(few)


@pytest.mark.parametrize(
    "bad",
    [
        {"head": "third"},
        {"image_size": 0},
        {"batch_size": 1},
        {"calibration_images": 1},
        {"latency_passes": -1},
        {"seed": True},
        {"classes": (1, 2)},
        {"head": "own", "classes": "12"},
        {"head": "own", "classes": (0.5,)},
        {"device": "abacus"},
    ],
    ids=str,
)
def test_bad_settings_are_refused(bad):
    with pytest.raises(InvalidArgument, match="wanted"):
        SupernetSettings(**bad)
