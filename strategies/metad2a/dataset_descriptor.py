"""A dataset in a dozen numbers that say how unlike photographs its pictures are, how many there are, and how hard."""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from nas_plugins.spaces.errors import InvalidDataset

DESCRIPTORS = (
    "log_classes",
    "log_images",
    "colour",
    "brightness",
    "contrast",
    "flat",
    "roughness",
    "noise",
    "symmetry",
    "alignment",
    "pixel_accuracy",
    "feature_accuracy",
    "feature_spread",
    "feature_rank",
    "contrast_spread",
    "brightness_spread",
)
"""Names of the numbers, in the order of :func:`describe`."""

_SIZE = 32
_MOST_PER_CLASS = 40
_MOST_CLASSES = 200


def describe(
    images_by_class: Sequence[NDArray[np.uint8]],
    features_by_class: Sequence[NDArray[np.float32]],
    image_count: int | None = None,
    class_count: int | None = None,
) -> NDArray[np.float64]:
    """Describe the training part of a dataset.

    Args:
        images_by_class: One ``(images, height, width, 3)`` uint8 array per class: all images, or a draw of them.
        features_by_class: Features ``(images, feature_dimension)`` of the same images.
        image_count: Training images in all, where the arrays are a draw.
        class_count: Classes in all, where the arrays are a draw.

    Returns:
        ``(16,)`` values of :data:`DESCRIPTORS`, each of the order of one:

        - ``log_classes``, ``log_images``: base-2 logarithms, the latter of the images of all classes together;
        - ``colour``: mean difference of the largest and smallest channel; ``brightness`` and ``contrast``: mean and
          standard deviation of the luminance, all in units of 255;
        - ``flat``: share of pixels whose neighbours differ by less than 2 %; ``roughness``: mean absolute difference of
          neighbouring pixels over the contrast; ``noise``: mean absolute second difference over the first;
        - ``symmetry``: correlation of a picture with its mirror image; ``alignment``: share of the variance of pixels
          that the mean picture explains (digits on a common place have much, photographs little);
        - ``pixel_accuracy``, ``feature_accuracy``: how far nearest class means in 8x8 pixels and in features are above
          chance (0 to 1) on held-out halves; ``feature_spread``: root mean square of the features;
          ``feature_rank``: logarithm of their participation ratio;
        - ``contrast_spread``, ``brightness_spread``: standard deviation over pictures of the logarithms of contrast and
          brightness: pictures by day and by night.

    Raises:
        InvalidDataset: Fewer than two classes, or a class without images.
    """
    if len(images_by_class) < 2 or any(not len(images) for images in images_by_class):
        raise InvalidDataset(f"wanted images of two classes or more, got {[len(i) for i in images_by_class][:10]}")
    classes = class_count or len(images_by_class)
    count = image_count or sum(map(len, images_by_class))
    groups = [images[:_MOST_PER_CLASS] for images in images_by_class[:_MOST_CLASSES]]
    features = [rows[:_MOST_PER_CLASS] for rows in features_by_class[:_MOST_CLASSES]]
    pictures = np.concatenate([_small(images) for images in groups])
    labels = np.repeat(np.arange(len(groups)), [len(images) for images in groups])
    grey = pictures @ np.array([0.299, 0.587, 0.114], np.float32)
    centred = grey - grey.mean((1, 2), keepdims=True)
    contrast = float(grey.std((1, 2)).mean()) + 1e-3
    across = np.abs(np.diff(grey, axis=2))
    twice = np.abs(np.diff(grey, n=2, axis=2))
    vectors = np.concatenate(features).astype(np.float64)
    small = pictures.reshape(len(pictures), 8, _SIZE // 8, 8, _SIZE // 8, 3).mean((2, 4)).reshape(len(pictures), -1)
    return np.array(
        [
            math.log2(classes),
            math.log2(count),
            float((pictures.max(3) - pictures.min(3)).mean()),
            float(grey.mean()),
            contrast,
            float((across < 0.02).mean()),
            float(across.mean()) / contrast,
            float(twice.mean()) / (float(across.mean()) + 1e-3),
            float((centred * centred[:, :, ::-1]).sum() / ((centred**2).sum() + 1e-6)),
            float(grey.mean(0).var() / (grey.var() + 1e-6)),
            _above_chance(small, labels),
            _above_chance(vectors, labels),
            float(np.sqrt((vectors**2).mean())),
            _log_rank(vectors),
            float(np.log(grey.std((1, 2)) + 0.01).std()),
            float(np.log(grey.mean((1, 2)) + 0.02).std()),
        ]
    )


def _small(images: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Every picture at 32x32, in 0 to 1."""
    height, width = images.shape[1:3]
    if (height, width) == (_SIZE, _SIZE):
        return np.asarray(images / 255, np.float32)
    from PIL import Image

    resized = [
        np.asarray(Image.fromarray(np.ascontiguousarray(image)).resize((_SIZE, _SIZE), Image.Resampling.BILINEAR))
        for image in images
    ]
    return np.asarray(np.stack(resized) / 255, np.float32)


def _above_chance(vectors: NDArray[np.floating], labels: NDArray[np.int64]) -> float:
    """Accuracy of nearest class means, learned on every other element of a class and measured on the rest.

    0 is chance, 1 is perfect; a class of one image is only measured against.
    """
    vectors = (vectors - vectors.mean(0)) / (vectors.std(0) + 1e-6)
    position = np.arange(len(labels)) - np.searchsorted(labels, labels)  # labels are sorted
    learn = position % 2 == 0
    if learn.all():
        return 0.0
    classes = np.unique(labels)
    means = np.stack([vectors[learn & (labels == label)].mean(0) for label in classes])
    seen = vectors[~learn]
    distance = (means**2).sum(1) - 2 * seen @ means.T
    accuracy = float((classes[distance.argmin(1)] == labels[~learn]).mean())
    chance = 1 / len(classes)
    return (accuracy - chance) / (1 - chance)


def _log_rank(vectors: NDArray[np.float64]) -> float:
    """Logarithm of the participation ratio of the covariance's spectrum: how many directions the features fill."""
    centred = vectors - vectors.mean(0)
    covariance = centred.T @ centred  # the sum and the sum of squares of its eigenvalues need no eigenvalues
    return float(np.log(np.trace(covariance) ** 2 / ((covariance**2).sum() + 1e-12) + 1e-12))
