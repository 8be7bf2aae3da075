"""What every reader of labelled images does last: keep the classes that can be learned, numbered without gaps."""

import warnings
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nas_plugins.datasets.image_dataset import TRAIN, ImageDataset
from nas_plugins.spaces.errors import InvalidDataset


def keep_usable_classes(
    name: str,
    images: NDArray[np.uint8],
    labels: NDArray[np.int64],
    class_names: Mapping[int, str],
    split: NDArray[Any] | None,
) -> ImageDataset:
    """Build a dataset from labels that may have gaps.

    Args:
        name: Name of the dataset.
        images: ``(n, height, width, 3)`` uint8.
        labels: ``(n,)`` integers, any.
        class_names: Label to name, for the labels that occur.
        split: ``(n,)`` of 0 (train) and 1 (test), or ``None``. A split without test, or without training images, counts
            as none.

    Returns:
        The dataset, its labels counting the classes that have training images; the others are left out with a warning.

    Raises:
        InvalidDataset: Fewer than two classes remain.
    """
    if split is not None and len(np.unique(split)) < 2:
        split = None
    if split is not None:
        untrained = np.setdiff1d(labels, labels[split == TRAIN])
        if untrained.size:
            warnings.warn(
                f"{name}: {untrained.size} class(es) without training images left out, the first "
                f"{class_names[int(untrained[0])]!r}",
                stacklevel=2,
            )
            kept = ~np.isin(labels, untrained)
            images, labels, split = images[kept], labels[kept], split[kept]
            if (split == TRAIN).all():
                split = None
    if not len(images):
        raise InvalidDataset(f"wanted labelled images in {name}, found none")
    present, numbered = np.unique(labels, return_inverse=True)
    names = tuple(class_names[int(label)] for label in present)
    if len(names) < 2:
        raise InvalidDataset(f"wanted at least two classes in {name}, found only {names[0]!r}; add images of another")
    return ImageDataset(name, images, numbered, names, split)
