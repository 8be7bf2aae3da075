"""Views of a dataset: small random draws of classes and images, which is what the set encoder reads."""

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from nas_plugins.strategies.image_features.extractors import Extract

Rows = tuple[tuple[int, NDArray[np.int64]], ...]
"""A view before anything is computed: the number of a class and the rows of its images, class by class."""


def draw_rows(available: int, wanted: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """``wanted`` row numbers below ``available``: without repeats where there are enough, else each at least once."""
    if available >= wanted:
        return rng.choice(available, wanted, replace=False)
    return rng.permutation(np.resize(rng.permutation(available), wanted))


def draw_view_rows(sizes: Sequence[int], rng: np.random.Generator, *, class_count: int, image_count: int) -> Rows:
    """Which images make one view of a dataset.

    Args:
        sizes: Images of each class.
        rng: Source of the draw.
        class_count: Classes in the view; all of them where the dataset has fewer.
        image_count: Images per class; repeated where a class has fewer.
    """
    chosen = draw_rows(len(sizes), min(class_count, len(sizes)), rng)
    return tuple((int(index), draw_rows(sizes[index], image_count, rng)) for index in chosen)


def draw_view(
    classes: Sequence[NDArray[np.float32]], rng: np.random.Generator, *, class_count: int, image_count: int
) -> Tensor:
    """One view of a dataset.

    Args:
        classes: Features ``(images, feature_dimension)`` of each class.
        rng: Source of the draw.
        class_count: Classes in the view; all of them where the dataset has fewer.
        image_count: Images per class; repeated where a class has fewer.

    Returns:
        ``(classes, image_count, feature_dimension)``.
    """
    drawn = draw_view_rows(list(map(len, classes)), rng, class_count=class_count, image_count=image_count)
    return torch.from_numpy(np.stack([classes[index][rows] for index, rows in drawn]))


def draw_views(
    images: Sequence[NDArray[np.uint8]],
    extract: Extract,
    rng: np.random.Generator,
    *,
    count: int,
    class_count: int,
    image_count: int,
) -> Tensor:
    """Views of a dataset from its images; features are computed once for each image that some view shows.

    Args:
        images: Images ``(images, height, width, 3)`` of each class, all of one size.
        extract: The image-feature extractor.
        rng: Source of the draws.
        count: Number of views.
        class_count: Classes in a view; all of them where the dataset has fewer.
        image_count: Images per class; repeated where a class has fewer.

    Returns:
        ``(count, classes, image_count, feature_dimension)``.
    """
    sizes = list(map(len, images))
    views = [draw_view_rows(sizes, rng, class_count=class_count, image_count=image_count) for _ in range(count)]
    starts = np.concatenate([[0], np.cumsum(sizes)])
    # (count, classes, image_count): positions in all images one after the other
    positions = np.array([[starts[index] + rows for index, rows in view] for view in views])
    shown, where = np.unique(positions, return_inverse=True)
    owners = np.searchsorted(starts, shown, side="right") - 1
    features = extract(
        np.stack([images[owner][row] for owner, row in zip(owners, shown - starts[owners], strict=True)])
    )
    return torch.from_numpy(features[where.reshape(positions.shape)])
