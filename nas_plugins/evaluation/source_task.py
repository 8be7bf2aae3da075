"""A task of a source database: some classes of a dataset, and some of their images."""

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from nas_plugins.evaluation.styles import restyle
from nas_plugins.spaces.errors import InvalidDataset

if TYPE_CHECKING:
    from nas_plugins.datasets import ImageDataset

TEST_SHARE = 1 / 3
"""Least share of every class that is held out."""

MOST_TEST_IMAGES = 1000
"""Images held out in all, at most; more would cost time and change little."""


@dataclass(frozen=True)
class SourceTask:
    """Some classes of a dataset and some of their images.

    Args:
        dataset: Name of the dataset.
        classes: Names of the classes, in the order of their labels in the task.
        images: Training images in all, shared evenly; classes with fewer give what they have.
        seed: Seed of the draw of the images.
        style: A key of :data:`nas_plugins.evaluation.styles.STYLES`.
    """

    dataset: str
    classes: tuple[str, ...]
    images: int
    seed: int
    style: str = "plain"

    def draw(self, dataset: "ImageDataset") -> "ImageDataset":
        """The images of the task, with a split of its own; the same task draws the same images.

        Raises:
            InvalidDataset: The dataset is another one, lacks a class, or has a class of a single image.
        """
        from nas_plugins.datasets import ImageDataset

        if dataset.name != self.dataset or not set(self.classes) <= set(dataset.class_names):
            raise InvalidDataset(f"wanted {self.dataset} with the classes {', '.join(self.classes)}, got {dataset}")
        rng = np.random.default_rng([self.seed, len(self.classes), self.images])
        per_class = math.ceil(self.images / len(self.classes))
        test_per_class = math.ceil(MOST_TEST_IMAGES / len(self.classes))
        rows: list[Any] = []
        labels: list[Any] = []
        split: list[Any] = []
        for label, name in enumerate(self.classes):
            own = rng.permutation(np.flatnonzero(dataset.labels == dataset.class_names.index(name)))
            if len(own) < 2:
                raise InvalidDataset(f"wanted two images or more of {name!r} in {self.dataset}, got {len(own)}")
            held_out = max(1, min(len(own) - 1, max(round(len(own) * TEST_SHARE), len(own) - per_class)))
            train, test = own[held_out:], own[:held_out][:test_per_class]
            rows += [train, test]
            labels += [np.full(len(train) + len(test), label)]
            split += [np.zeros(len(train), np.uint8), np.ones(len(test), np.uint8)]
        return ImageDataset(
            self.dataset,
            restyle(dataset.images[np.concatenate(rows)], self.style, rng),
            np.concatenate(labels),
            self.classes,
            np.concatenate(split),
        )
