"""Features of the images at hand of each class, topped up by augmentation where a class has few."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from nas_plugins.strategies.image_features.extractors import Extract


def feature_bank(
    images: Mapping[str, NDArray[np.uint8]],
    extract: Extract,
    rng: np.random.Generator,
    *,
    least: int = 16,
    most: int = 100,
) -> dict[str, NDArray[np.float32]]:
    """Features of every class.

    Args:
        images: Class name to its images ``(n, height, width, 3)``; other classes may be of another size.
        extract: The image-feature extractor.
        rng: Source of the choice of images and of augmentations.
        least: A class with fewer images gets augmented copies of them up to this number.
        most: At most so many images of a class are used.

    Returns:
        Class name to features ``(n, feature_dimension)``.
    """
    chosen: dict[str, NDArray[np.uint8]] = {}
    for name, group in images.items():
        kept = group[rng.permutation(len(group))[:most]]
        if len(kept) < least:
            copies = np.resize(np.arange(len(kept)), least - len(kept))
            kept = np.concatenate([kept, augment(kept[copies], rng)])
        chosen[name] = kept
    # One call for all classes of a size: the extractor works in large batches.
    features: dict[str, NDArray[np.float32]] = {}
    for size in {group.shape[1:]: None for group in chosen.values()}:
        alike = {name: group for name, group in chosen.items() if group.shape[1:] == size}
        ends = np.cumsum([len(group) for group in alike.values()])[:-1]
        extracted = extract(np.concatenate(list(alike.values())))
        features |= dict(zip(alike, np.split(extracted, ends), strict=True))
    return {name: features[name] for name in chosen}


def augment(images: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
    """Mirror at random, shift by up to an eighth with reflected borders, and change brightness by up to a fifth."""
    height, width = images.shape[1:3]
    pad = max(1, height // 8)
    padded = np.pad(images, ((0, 0), (pad, pad), (pad, pad), (0, 0)), mode="reflect")
    result = np.empty_like(images)
    for index, image in enumerate(padded):
        top, left = rng.integers(0, 2 * pad + 1, size=2)
        crop = image[top : top + height, left : left + width]
        if rng.random() < 0.5:
            crop = crop[:, ::-1]
        result[index] = np.clip(crop * rng.uniform(0.8, 1.2), 0, 255).astype(np.uint8)
    return result
