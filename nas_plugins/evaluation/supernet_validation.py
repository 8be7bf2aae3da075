"""How well the subnets of a supernet in training tell its own classes apart."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

from nas_plugins.spaces.mobilenetv3 import MobileNetV3
from nas_plugins.spaces.mobilenetv3.attention import Attention
from nas_plugins.spaces.mobilenetv3.augmentation import normalised
from nas_plugins.spaces.mobilenetv3.contrasts import draw_contrast
from nas_plugins.spaces.mobilenetv3.subnet import LARGEST, SMALLEST, Subnet

if TYPE_CHECKING:
    from nas_plugins.datasets import ImageDataset
    from nas_plugins.spaces.mobilenetv3.network import SubnetNetwork
    from nas_plugins.spaces.mobilenetv3.supernet import Supernet


_MOST_MEASURED = 4000
"""Images that say what subnets are worth: many subnets are measured, and noise is little from here on."""


class SupernetValidation:
    """Measures the largest, the smallest and a few random subnets on images that the training did not see.

    Args:
        images: Of the supernet's classes, in its order.
        image_size: Height and width they are resized to.
        random_subnets: Drawn once, uniformly over the space.
    """

    def __init__(self, images: "ImageDataset", image_size: int, random_subnets: int = 4) -> None:
        resized = images.resized(image_size)
        self._images, self._labels = torch.from_numpy(resized.images.copy()), torch.from_numpy(resized.labels.copy())
        rng = np.random.default_rng(0)
        self._subnets = {"largest": [LARGEST], "smallest": [SMALLEST]}
        self._subnets["random"] = [MobileNetV3().sample(rng) for _ in range(random_subnets)]

    def measure(self, supernet: "Supernet", calibration: Sequence[Tensor]) -> dict[str, float]:
        """``accuracy_largest``, ``accuracy_smallest`` and ``accuracy_random`` (their mean), percent."""
        return {
            f"accuracy_{name}": float(np.mean([self.accuracy(supernet, subnet, calibration) for subnet in subnets]))
            for name, subnets in self._subnets.items()
        }

    def attention(
        self, supernet: "Supernet", calibration: Sequence[Tensor], *, subnets: int, strength: float, seed: int = 0
    ) -> Attention:
        """What subnets are worth in a supernet, learned from measuring some: contrasts and uniform draws in turn.

        They are measured on the first 4,000 images of a random order.

        Args:
            supernet: Trained as far as it is.
            calibration: Batches of training images.
            subnets: How many to measure.
            strength: As in :class:`Attention`.
            seed: Of the draws.
        """
        rng, space = np.random.default_rng(seed), MobileNetV3()
        drawn = [space.sample(rng) if number % 2 else draw_contrast(rng) for number in range(subnets)]
        few = np.random.default_rng(0).permutation(len(self._labels))[:_MOST_MEASURED]
        networks = (supernet.subnet_network(subnet, calibration) for subnet in drawn)
        accuracies = [self._tell(network, torch.from_numpy(few))[0] for network in networks]
        return Attention.fit(drawn, accuracies, strength=strength)

    def accuracy(self, supernet: "Supernet", subnet: Subnet, calibration: Sequence[Tensor]) -> float:
        """Percent of the images that a subnet tells, calibrated on batches of training images."""
        return self.accuracy_and_loss(supernet, subnet, calibration)[0]

    def accuracy_and_loss(
        self, supernet: "Supernet", subnet: Subnet, calibration: Sequence[Tensor]
    ) -> tuple[float, float]:
        """Percent of the images that a subnet tells, and its mean cross-entropy, which differs less by chance."""
        return self.of_network(supernet.subnet_network(subnet, calibration))

    def of_network(self, network: "SubnetNetwork") -> tuple[float, float]:
        """The same of a network that is calibrated already."""
        return self._tell(network, torch.arange(len(self._labels)))

    @torch.no_grad()
    def _tell(self, network: "SubnetNetwork", chosen: Tensor) -> tuple[float, float]:
        device = next(network.parameters()).device
        correct, loss = 0, 0.0
        for batch in chosen.split(256):
            labels = self._labels[batch]
            scores = network(normalised(self._images[batch].to(device))).float().cpu()
            correct += int((scores.argmax(1) == labels).sum())
            loss += float(cross_entropy(scores, labels.long(), reduction="sum"))
        return 100 * correct / len(chosen), loss / len(chosen)

    @staticmethod
    def calibration(images: "ImageDataset", image_size: int, count: int = 2000, batch_size: int = 128) -> list[Tensor]:
        """Batches of training images as they are, the same each time, to calibrate subnets with."""
        chosen = np.random.default_rng(0).permutation(len(images))[:count]
        resized = images.select(chosen).resized(image_size)
        batches = torch.from_numpy(resized.images.copy()).split(batch_size)
        return [normalised(batch) for batch in batches if len(batch) > 1]
