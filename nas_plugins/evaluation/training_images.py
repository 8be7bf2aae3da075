"""A labelled dataset parted, normalised and laid out on a device, and its random crops and flips."""

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import Tensor
from torch.nn import functional

from nas_plugins.evaluation.training_settings import TrainingSettings
from nas_plugins.spaces.errors import InvalidDataset

if TYPE_CHECKING:
    from nas_plugins.datasets import ImageDataset

SMALLEST = 4
"""Pixels a side below which the two reductions of the skeletons leave nothing."""


@dataclass(frozen=True, eq=False)
class TrainingImages:
    """Both parts of a dataset as whole tensors on one device: small datasets need no loader processes.

    Args:
        name: Of the dataset.
        num_classes: Classes, those without images included.
        train_images: ``(n, height, width, 3)`` uint8.
        train_labels: ``(n,)`` int64.
        test_images: ``(m, height, width, 3)`` uint8, held out.
        test_labels: ``(m,)`` int64.
        mean: ``(3,)`` per channel over the training part, of values 0 to 255.
        std: ``(3,)`` likewise, at least 1.
    """

    name: str
    num_classes: int
    train_images: Tensor
    train_labels: Tensor
    test_images: Tensor
    test_labels: Tensor
    mean: Tensor
    std: Tensor

    @classmethod
    def from_dataset(
        cls, dataset: "ImageDataset", settings: TrainingSettings, device: torch.device
    ) -> "TrainingImages":
        """Part the dataset and put it on a device.

        Raises:
            InvalidDataset: The images are too small to train on, or nothing can be held out.
        """
        if settings.image_size is not None:
            dataset = dataset.resized(settings.image_size)
        if min(dataset.image_size) < SMALLEST:
            raise InvalidDataset(
                f"wanted images of at least {SMALLEST}x{SMALLEST} pixels in {dataset.name}, got "
                f"{dataset.image_size[0]}x{dataset.image_size[1]}; set image_size to enlarge them"
            )
        train, test = dataset.train_test(seed=settings.split_seed)
        if len(train) < 2:
            raise InvalidDataset(f"wanted at least two training images in {dataset.name}, got {len(train)}")
        train_images = torch.from_numpy(train.images.copy())
        # In float64 and image by image: a float copy of a large dataset would be eight times its size.
        sums = torch.zeros(2, 3, dtype=torch.float64)
        for chunk in train_images.split(1024):
            values = chunk.reshape(-1, 3).double()
            sums += torch.stack([values.sum(0), values.square().sum(0)])
        mean, square = sums / (train_images.numel() / 3)
        std = (square - mean.square()).clamp(min=1).sqrt()  # an empty channel stays zero instead of nan
        return cls(
            dataset.name,
            dataset.num_classes,
            train_images.to(device),
            torch.from_numpy(train.labels.copy()).to(device),
            torch.from_numpy(test.images.copy()).to(device),
            torch.from_numpy(test.labels.copy()).to(device),
            mean.float().to(device),
            std.float().to(device),
        )

    @property
    def device(self) -> torch.device:
        """Where the tensors are."""
        return self.train_images.device

    def normalise(self, images: Tensor) -> Tensor:
        """uint8 ``(batch, height, width, 3)`` to float32 ``(batch, 3, height, width)``, channels last in memory."""
        return ((images.float() - self.mean) / self.std).permute(0, 3, 1, 2)


def random_crop(images: Tensor, generator: torch.Generator) -> Tensor:
    """Pad each side by an eighth with zeros and cut a random window of the old size, another one for each image.

    Args:
        images: ``(batch, channels, height, width)``, normalised, so that zero is the mean colour.
        generator: On the CPU, so that every device draws the same.
    """
    batch, _, height, width = images.shape
    pad_y, pad_x = math.ceil(height / 8), math.ceil(width / 8)
    top = torch.randint(2 * pad_y + 1, (batch, 1), generator=generator)
    left = torch.randint(2 * pad_x + 1, (batch, 1), generator=generator)
    rows = (top + torch.arange(height)).to(images.device)  # (batch, height)
    columns = (left + torch.arange(width)).to(images.device)  # (batch, width)
    padded = functional.pad(images, (pad_x, pad_x, pad_y, pad_y)).permute(0, 2, 3, 1)
    chosen = torch.arange(batch, device=images.device)
    return padded[chosen[:, None, None], rows[:, :, None], columns[:, None, :]].permute(0, 3, 1, 2)


def random_flip(images: Tensor, generator: torch.Generator) -> Tensor:
    """Mirror each image of ``(batch, channels, height, width)`` left to right with probability one half."""
    flipped = torch.rand(len(images), generator=generator) < 0.5
    return torch.where(flipped.to(images.device)[:, None, None, None], images.flip(-1), images)
