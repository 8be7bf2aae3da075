"""One labelled image dataset, in memory."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nas_plugins.spaces.errors import InvalidArgument, InvalidDataset

TRAIN, TEST = 0, 1
"""The two values of :attr:`ImageDataset.split`."""


# Equality of two datasets would compare arrays element by element; identity is what callers mean.
@dataclass(frozen=True, eq=False, repr=False)
class ImageDataset:
    """Images with labels, checked when built.

    A class may be without images here (the test part of a dataset often lacks the rare ones); what
    :func:`nas_plugins.datasets.load_dataset` returns has at least one image, and one training image, of every class.

    Args:
        name: What tables and plots call the dataset.
        images: ``(n, height, width, 3)`` uint8, RGB, at least one image.
        labels: ``(n,)`` integers from 0 to ``len(class_names) - 1``; kept as int64.
        class_names: One name per class, at least two.
        split: ``(n,)`` with 0 for training and 1 for test images, both present, every class with a training image; or
            ``None`` where the dataset has no split of its own.

    Raises:
        InvalidDataset: The message says what was wanted and what came.
    """

    name: str
    images: NDArray[np.uint8]
    labels: NDArray[np.int64]
    class_names: tuple[str, ...]
    split: NDArray[np.uint8] | None = None

    def __post_init__(self) -> None:
        images, labels = np.asarray(self.images), np.asarray(self.labels)
        _check_images(images, self.name)
        _check_labels(labels, len(images), len(self.class_names), self.name)
        object.__setattr__(self, "images", images)
        object.__setattr__(self, "labels", labels.astype(np.int64))
        object.__setattr__(self, "class_names", tuple(str(name) for name in self.class_names))
        if self.split is not None:
            split = np.asarray(self.split)
            self._check_split(split)
            object.__setattr__(self, "split", split.astype(np.uint8))

    def _check_split(self, split: NDArray[Any]) -> None:
        if split.shape != self.labels.shape or not np.isin(split, (TRAIN, TEST)).all():
            raise InvalidDataset(
                f"wanted a split of {len(self)} values 0 (train) or 1 (test) in {self.name}, got {split.dtype} of "
                f"shape {split.shape} with values {np.unique(split)[:5].tolist()}"
            )
        if len(np.unique(split)) < 2:
            raise InvalidDataset(f"wanted training and test images in the split of {self.name}; give no split instead")
        only_test = np.setdiff1d(self.labels, self.labels[split == TRAIN])
        if only_test.size:
            raise InvalidDataset(
                f"wanted a training image of every class in {self.name}, class {self.class_names[only_test[0]]!r} has "
                "only test images; leave it out or give no split"
            )

    def __len__(self) -> int:
        """Number of images."""
        return len(self.images)

    def __repr__(self) -> str:
        height, width = self.image_size
        what = f"{len(self):,} images of {height}x{width} pixels in {self.num_classes} classes"
        return f"ImageDataset({self.name!r}: {what})"

    @property
    def num_classes(self) -> int:
        """Number of classes, those without images included."""
        return len(self.class_names)

    @property
    def image_size(self) -> tuple[int, int]:
        """``(height, width)`` of every image."""
        return self.images.shape[1], self.images.shape[2]

    def images_by_class(self) -> list[NDArray[np.uint8]]:
        """One array ``(images of the class, height, width, 3)`` per class, in the order of ``class_names``."""
        # One sort instead of one comparison per class: thousands of classes stay fast.
        order = np.argsort(self.labels, kind="stable")
        ends = np.cumsum(np.bincount(self.labels, minlength=self.num_classes))
        return [self.images[chosen] for chosen in np.split(order, ends[:-1])]

    def train_test(self, seed: int = 0, test_fraction: float = 0.2) -> tuple["ImageDataset", "ImageDataset"]:
        """Part the images into training and test.

        The dataset's own split is used where it has one. Otherwise each class gives ``test_fraction`` of its images,
        rounded, drawn at random; every class keeps a training image, and where rounding would leave no test image at
        all, every class of two or more images gives one.

        Args:
            seed: Seed of the draw; without effect where the dataset has its own split.
            test_fraction: Between 0 and 1, both excluded; without effect where the dataset has its own split.

        Returns:
            The training part and the test part, both with all class names and without a split.

        Raises:
            InvalidArgument: The fraction is out of range.
            InvalidDataset: No class has two images, so that nothing can be held out.
        """
        if not 0 < test_fraction < 1:
            raise InvalidArgument(f"wanted a test fraction between 0 and 1, got {test_fraction}")
        is_test = self._draw_test(seed, test_fraction) if self.split is None else self.split == TEST
        return self.select(~is_test), self.select(is_test)

    def _draw_test(self, seed: int, test_fraction: float) -> NDArray[np.bool_]:
        counts = np.bincount(self.labels, minlength=self.num_classes)
        held_out = np.minimum(np.floor(counts * test_fraction + 0.5).astype(np.int64), np.maximum(counts - 1, 0))
        if not held_out.any():
            held_out = (counts >= 2).astype(np.int64)
        if not held_out.any():
            raise InvalidDataset(
                f"wanted a class of two or more images in {self.name}, to hold some out for a test; every class has one"
            )
        # A random order within each class: sort by label, ties broken by a random key.
        order = np.lexsort((np.random.default_rng(seed).random(len(self)), self.labels))
        rank = np.arange(len(self)) - np.repeat(np.cumsum(counts) - counts, counts)
        is_test = np.zeros(len(self), dtype=np.bool_)
        is_test[order] = rank < np.repeat(held_out, counts)
        return is_test

    def select(self, chosen: NDArray[Any]) -> "ImageDataset":
        """The images that a mask or an array of positions chooses, with all class names and without a split."""
        return ImageDataset(self.name, self.images[chosen], self.labels[chosen], self.class_names)

    def resized(self, size: int) -> "ImageDataset":
        """The same dataset with square images.

        Args:
            size: Height and width in pixels, at least 1. Whole images are squeezed or stretched to the square, as in
                downsampled ImageNet (Chrabaszcz et al., 2017), bilinearly, averaging over the source when shrinking.

        Raises:
            InvalidArgument: The size is below 1.
        """
        if size < 1:
            raise InvalidArgument(f"wanted an image size of at least 1 pixel, got {size}")
        if self.image_size == (size, size):
            return self
        from PIL import Image

        images = np.empty((len(self), size, size, 3), np.uint8)
        for position, image in enumerate(self.images):
            picture = Image.fromarray(np.ascontiguousarray(image))
            images[position] = np.asarray(picture.resize((size, size), Image.Resampling.BILINEAR))
        return replace(self, images=images)


def _check_images(images: NDArray[Any], name: str) -> None:
    if images.dtype != np.uint8:
        raise InvalidDataset(
            f"wanted uint8 images with values 0 to 255 in {name}, got {images.dtype}; scale to 0..255 and convert first"
        )
    if images.ndim != 4 or images.shape[-1] != 3 or min(images.shape[1:], default=0) < 1:
        raise InvalidDataset(f"wanted images of shape (n, height, width, 3) in {name}, got {images.shape}")
    if not len(images):
        raise InvalidDataset(f"wanted at least one image in {name}, got none")


def _check_labels(labels: NDArray[Any], num_images: int, num_classes: int, name: str) -> None:
    if labels.dtype.kind not in "iu":
        raise InvalidDataset(f"wanted integer labels in {name}, got {labels.dtype}; number the classes from 0")
    if labels.shape != (num_images,):
        raise InvalidDataset(f"wanted one label per image in {name}, {num_images} in all, got shape {labels.shape}")
    if labels.min() < 0:
        raise InvalidDataset(f"wanted labels from 0 in {name}, got {labels.min()} at position {int(labels.argmin())}")
    if num_classes < 2:
        raise InvalidDataset(
            f"wanted at least two classes in {name}, got {num_classes}; there is nothing to tell apart"
        )
    if labels.max() >= num_classes:
        raise InvalidDataset(
            f"wanted labels below {num_classes}, the number of class names of {name}, got {labels.max()} at position "
            f"{int(labels.argmax())}"
        )
