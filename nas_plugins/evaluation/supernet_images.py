"""The images a supernet is trained on, drawn from several datasets."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from nas_plugins.datasets.image_dataset import ImageDataset
from nas_plugins.datasets.joining import check_apart, join, prefixed
from nas_plugins.spaces.errors import InvalidDataset

MANY_CLASSES = 100
"""Classes from which on a dataset gives some up, so that others learn how subnets do on classes never seen."""


@dataclass(frozen=True)
class SupernetImages:
    """Training and validation images of the classes trained, and the names of those kept for others.

    Args:
        train: What the supernet is trained on.
        validation: Other images of the same classes.
        held_out: Names of classes that the supernet never sees.
    """

    train: ImageDataset
    validation: ImageDataset
    held_out: tuple[str, ...]

    @classmethod
    def gather(
        cls,
        datasets: Sequence[ImageDataset],
        *,
        most: int = 80,
        least: int = 20,
        held_out_share: float = 0.3,
        seed: int = 0,
        size: int | None = None,
    ) -> "SupernetImages":
        """Join the training parts of datasets, evenly enough that none outweighs the others.

        Classes that begin with a WordNet id are shared between datasets; others carry their dataset's name. Test parts
        are left out; without one, a tenth of each class validates.

        Args:
            datasets: Of any image size. Two of one name may share classes that begin with a WordNet id, but no others.
            most: Training images kept of a class, drawn at random.
            least: Training images below which a class is left out.
            held_out_share: Of the classes of a dataset with 100 or more, this share is never trained; where several
                datasets share a class, what one holds out is held out of all.
            seed: Of all draws.
            size: Height and width in pixels that all are resized to; without, the first one's height.

        Raises:
            InvalidDataset: Fewer than two classes remain, or two datasets of one name have a class name in common.
        """
        rng = np.random.default_rng(seed)
        check_apart(datasets)
        size = datasets[0].image_size[0] if size is None else size
        datasets = [prefixed(dataset.resized(size)) for dataset in datasets]
        held_out: set[str] = set()
        seen: set[str] = set()
        for dataset in datasets:
            fresh = [name for name in dataset.class_names if name not in seen]
            seen.update(fresh)
            filled = [name for name in fresh if (dataset.labels == dataset.class_names.index(name)).sum() >= least]
            if len(filled) >= MANY_CLASSES:
                held_out.update(rng.choice(filled, math.floor(held_out_share * len(filled)), replace=False).tolist())
        parts = [dataset.train_test(seed=seed, test_fraction=0.1) for dataset in datasets]
        train, validation = (join([pair[part] for pair in parts], name="supernet images") for part in (0, 1))
        counts = np.bincount(train.labels, minlength=train.num_classes)
        kept = [
            number for number, name in enumerate(train.class_names) if counts[number] >= least and name not in held_out
        ]
        if len(kept) < 2:
            raise InvalidDataset(f"wanted two classes of at least {least} training images, found {len(kept)}")
        chosen = np.concatenate([rng.permutation(np.flatnonzero(train.labels == number))[:most] for number in kept])
        return cls(
            _of_classes(train, kept, chosen),
            _of_classes(validation, kept, np.flatnonzero(np.isin(validation.labels, kept))),
            tuple(sorted(held_out)),
        )


def _of_classes(dataset: ImageDataset, kept: Sequence[int], chosen: np.ndarray) -> ImageDataset:
    numbers = np.full(dataset.num_classes, -1)
    numbers[list(kept)] = np.arange(len(kept))
    names = tuple(dataset.class_names[number] for number in kept)
    return ImageDataset(dataset.name, dataset.images[chosen], numbers[dataset.labels[chosen]], names)
