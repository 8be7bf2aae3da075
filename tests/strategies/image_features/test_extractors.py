"""Image features by name: the ones that ship, and torchvision's ResNet-18 where somebody has it."""

import sys
import types

import numpy as np
import pytest
import torch
from torch import nn

from nas_plugins.spaces.errors import InvalidArgument, InvalidDataset, MissingDependency
from nas_plugins.strategies.image_features.extractors import get_extractor
from nas_plugins.strategies.image_features.resnet_features import ResNet18Features

IMAGES = np.random.default_rng(0).integers(0, 256, (5, 20, 24, 3), np.uint8)


class StandIn(nn.Module):
    """What torchvision's resnet18 shows from outside: 3x32x32 in, a 512-wide `fc` at the end; it keeps its input."""

    def __init__(self) -> None:
        super().__init__()
        self.features = nn.Sequential(nn.Conv2d(3, 512, 3), nn.AdaptiveAvgPool2d(1), nn.Flatten())
        self.fc: nn.Module = nn.Linear(512, 1000)
        self.seen: list[torch.Tensor] = []

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        self.seen.append(images)
        return self.fc(self.features(images))


@pytest.fixture
def torchvision(monkeypatch):
    """A torchvision whose resnet18 is a stand-in; gives the stand-in and the weights that were asked for."""
    network, asked = StandIn(), []
    models = types.ModuleType("torchvision.models")
    models.ResNet18_Weights = types.SimpleNamespace(IMAGENET1K_V1="the ImageNet weights")
    models.resnet18 = lambda weights: asked.append(weights) or network
    monkeypatch.setitem(sys.modules, "torchvision", types.ModuleType("torchvision"))
    monkeypatch.setitem(sys.modules, "torchvision.models", models)
    return network, asked


def test_shipped_features_come_by_name():
    assert get_extractor("distilled")(IMAGES).shape == (5, 512)


def test_unknown_name_is_one_clear_line():
    with pytest.raises(InvalidArgument, match="distilled, resnet18, got 'vgg'"):
        get_extractor("vgg")


def test_resnet18_gives_pooled_features_of_normalised_32_pixel_images(torchvision):
    """ImageNet's weights are asked for, the classifier is cut off, and the images are scaled as torchvision's are."""
    network, asked = torchvision
    features = ResNet18Features()(IMAGES, batch_size=2)
    white = np.full((1, 32, 32, 3), 255, np.uint8)
    ResNet18Features()(white)

    assert asked == ["the ImageNet weights"] * 2
    assert features.shape == (5, 512)
    assert features.dtype == np.float32
    assert network.seen[0].shape == (2, 3, 32, 32)
    torch.testing.assert_close(network.seen[-1][0, :, 0, 0], torch.tensor([2.2489, 2.4286, 2.6400]), atol=1e-4, rtol=0)


def test_resnet18_refuses_what_is_no_image(torchvision):
    with pytest.raises(InvalidDataset, match="uint8"):
        ResNet18Features()(IMAGES.astype(np.float32))


def test_without_torchvision_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "torchvision", None)

    with pytest.raises(MissingDependency, match=r"nas_plugins\[vision\]"):
        ResNet18Features()
