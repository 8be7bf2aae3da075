"""Several datasets as one, with the classes of all."""

from collections.abc import Sequence

import numpy as np

from nas_plugins.datasets.image_dataset import ImageDataset
from nas_plugins.spaces.errors import InvalidDataset


def join(datasets: Sequence[ImageDataset], *, name: str = "joined") -> ImageDataset:
    """One dataset with the classes of all; classes of one name are one class.

    Args:
        datasets: With images of one size. Whatever splits they have are left out.
        name: Of the result.

    Raises:
        InvalidDataset: No datasets, or images of several sizes.
    """
    if len({dataset.image_size for dataset in datasets}) != 1:
        sizes = ", ".join(f"{dataset.name} {dataset.image_size}" for dataset in datasets)
        raise InvalidDataset(f"wanted datasets with images of one size, got {sizes or 'none'}; resize them first")
    names = list(dict.fromkeys(name for dataset in datasets for name in dataset.class_names))
    numbers = {name: number for number, name in enumerate(names)}
    labels = [np.array([numbers[name] for name in dataset.class_names])[dataset.labels] for dataset in datasets]
    return ImageDataset(
        name, np.concatenate([dataset.images for dataset in datasets]), np.concatenate(labels), tuple(names)
    )


def prefixed(dataset: ImageDataset) -> ImageDataset:
    """The dataset with its own name before each class, unless a class begins with its WordNet id.

    ``0`` of road signs and ``0`` of digits stay apart, and two parts of ImageNet share their classes.
    """
    names = tuple(
        name if name[:1] == "n" and name[1:9].isdigit() else f"{dataset.name}/{name}" for name in dataset.class_names
    )
    return ImageDataset(dataset.name, dataset.images, dataset.labels, names, dataset.split)
