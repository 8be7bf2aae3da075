"""Images of ImageNet's classes, pooled from several files by the WordNet id that begins a class name."""

from collections.abc import Collection, Iterable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from nas_plugins.datasets.loading import load_dataset

_ID_LENGTH = 9  # "n" and eight digits


def images_by_wordnet(paths: Iterable[Path], needed: Collection[str]) -> dict[str, NDArray[np.uint8]]:
    """All images of the needed classes.

    Args:
        paths: Datasets whose class names begin with the WordNet id of their class; other classes are passed over.
        needed: WordNet ids.

    Returns:
        WordNet id to images ``(n, height, width, 3)``, sorted by id; ids without images are missing.

    Raises:
        InvalidDataset: A path holds no images.
    """
    found: dict[str, list[NDArray[np.uint8]]] = {}
    for path in paths:
        dataset = load_dataset(path)
        for name, group in zip(dataset.class_names, dataset.images_by_class(), strict=True):
            if name[:_ID_LENGTH] in needed and len(group):
                found.setdefault(name[:_ID_LENGTH], []).append(group)
    return {name: np.concatenate(groups) for name, groups in sorted(found.items())}
