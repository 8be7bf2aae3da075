"""Views of a dataset: small random draws of classes and images, which is what the set encoder reads."""

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor


def draw_rows(available: int, wanted: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """``wanted`` row numbers below ``available``: without repeats where there are enough, else each at least once."""
    if available >= wanted:
        return rng.choice(available, wanted, replace=False)
    return rng.permutation(np.resize(rng.permutation(available), wanted))


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
    chosen = draw_rows(len(classes), min(class_count, len(classes)), rng)
    return torch.from_numpy(
        np.stack([classes[index][draw_rows(len(classes[index]), image_count, rng)] for index in chosen])
    )
