"""Several datasets as one, with the classes of all."""

import re
from collections.abc import Sequence

import numpy as np

from nas_plugins.datasets.image_dataset import ImageDataset
from nas_plugins.spaces.errors import InvalidDataset

_WORDNET_ID = re.compile("n[0-9]{8}(?![0-9])")


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
    """The dataset with its own name before each class, unless a class begins with its WordNet id: n and eight digits.

    ``0`` of road signs and ``0`` of digits stay apart, and two parts of ImageNet share their classes.
    """
    names = tuple(name if _WORDNET_ID.match(name) else f"{dataset.name}/{name}" for name in dataset.class_names)
    return ImageDataset(dataset.name, dataset.images, dataset.labels, names, dataset.split)


def check_apart(datasets: Sequence[ImageDataset], sources: Sequence[str] | None = None) -> None:
    """Refuse datasets that :func:`prefixed` would not keep apart: two of one name that have a class name in common.

    Classes that begin with a WordNet id are the same in all datasets, and may be shared.

    Args:
        datasets: As they are before :func:`prefixed`.
        sources: What to call each in the message, as the paths they came from; without, they describe themselves.

    Raises:
        InvalidDataset: The message names both datasets and one of the classes.
    """
    known: dict[str, str] = {}
    described = [repr(dataset) for dataset in datasets] if sources is None else sources
    for dataset, source in zip(datasets, described, strict=True):
        whole = dict(zip(prefixed(dataset).class_names, dataset.class_names, strict=True))
        for name, own in whole.items():
            if name != own and name in known:
                raise InvalidDataset(
                    f"wanted datasets of distinct names, got {known[name]} and {source}, whose classes {own!r} would "
                    f"both be {name!r}; rename one of the files or folders"
                )
        known |= dict.fromkeys(whole, source)
