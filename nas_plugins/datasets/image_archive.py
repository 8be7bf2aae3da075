"""Labelled images from an ``.npz`` file."""

import zipfile
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nas_plugins.datasets.image_dataset import ImageDataset
from nas_plugins.datasets.usable_classes import keep_usable_classes
from nas_plugins.spaces.errors import DamagedFile, InvalidDataset
from nas_plugins.spaces.files import DAMAGED_ARCHIVE, check_unpacked_size


def read_image_archive(path: str | Path) -> ImageDataset:
    """Read an ``.npz`` file; objects in it are refused, never unpickled.

    Args:
        path: A file with ``images``, uint8 of shape ``(n, height, width, 3)``, or 4 channels with alpha, which is laid
            on white, or grey ``(n, height, width)`` or ``(n, height, width, 1)``; with ``labels``, ``n`` integers from
            0; and optionally ``class_names``, one text per class, and ``split``, ``n`` values 0 (train) or 1 (test).

    Returns:
        The dataset, named after the file. Labels without images are closed up; classes without training images are left
        out with a warning.

    Raises:
        InvalidDataset: The file is damaged or foreign, lacks an array, or holds arrays that do not fit together.
    """
    path = Path(path)
    arrays = _read_arrays(path)
    images = _to_rgb(arrays["images"], path)
    labels = _flat_labels(arrays["labels"], len(images), path)
    split = arrays.get("split")
    if split is not None and (split.shape != labels.shape or not np.isin(split, (0, 1)).all()):
        raise InvalidDataset(
            f"wanted 'split' of {len(labels)} values 0 (train) or 1 (test) in {path}, got {split.dtype} of shape "
            f"{split.shape}"
        )
    names = _class_names(arrays.get("class_names"), labels, path)
    return keep_usable_classes(path.stem, images, labels, names, split)


def _read_arrays(path: Path) -> dict[str, NDArray[Any]]:
    try:
        if zipfile.is_zipfile(path):
            check_unpacked_size(path)
        archive = np.load(path, allow_pickle=False)
        if not isinstance(archive, np.lib.npyio.NpzFile):
            raise InvalidDataset(f"wanted an .npz file with 'images' and 'labels' at {path}, got a single array")
        with archive:
            missing = [name for name in ("images", "labels") if name not in archive.files]
            if missing:
                raise InvalidDataset(
                    f"wanted the arrays 'images' and 'labels' in {path}, {' and '.join(missing)} missing among "
                    f"{archive.files}; save with np.savez(file, images=..., labels=...)"
                )
            wanted = ("images", "labels", "class_names", "split")
            arrays = {name: archive[name] for name in wanted if name in archive.files}
        foreign = [name for name, array in arrays.items() if not isinstance(array, np.ndarray)]
        if foreign:
            raise InvalidDataset(f"wanted arrays in {path}, got something else for {' and '.join(foreign)}")
        return arrays
    except InvalidDataset:
        raise
    except DamagedFile as error:
        raise InvalidDataset(str(error)) from error
    except DAMAGED_ARCHIVE as error:
        raise InvalidDataset(
            f"wanted an .npz file of plain arrays at {path}, got a damaged, foreign or object-holding file "
            f"({' '.join(str(error).split())})"
        ) from error


def _to_rgb(images: NDArray[Any], path: Path) -> NDArray[np.uint8]:
    if images.dtype != np.uint8:
        raise InvalidDataset(
            f"wanted uint8 'images' of values 0 to 255 in {path}, got {images.dtype}; scale and convert them first"
        )
    if images.ndim == 3:
        images = images[..., None]
    if images.ndim != 4 or images.shape[-1] not in (1, 3, 4):
        hint = "; put the channels last" if images.ndim == 4 and images.shape[1] in (1, 3, 4) else ""
        raise InvalidDataset(f"wanted 'images' of shape (n, height, width, 3) in {path}, got {images.shape}{hint}")
    if images.shape[-1] == 1:
        return np.repeat(images, 3, axis=-1)
    if images.shape[-1] == 4:
        alpha = images[..., 3:].astype(np.float32) / 255
        return np.rint(images[..., :3] * alpha + 255 * (1 - alpha)).astype(np.uint8)
    return images


def _flat_labels(labels: NDArray[Any], num_images: int, path: Path) -> NDArray[np.int64]:
    if labels.ndim == 2 and labels.shape[1] == 1:
        labels = labels[:, 0]
    if labels.dtype.kind not in "iu":
        raise InvalidDataset(f"wanted integer 'labels' in {path}, got {labels.dtype}; number the classes from 0")
    if labels.shape != (num_images,):
        raise InvalidDataset(f"wanted one label per image in {path}, {num_images} in all, got shape {labels.shape}")
    if labels.size and labels.min() < 0:
        raise InvalidDataset(f"wanted labels from 0 in {path}, got {labels.min()} at position {int(labels.argmin())}")
    return labels.astype(np.int64)


def _class_names(names: NDArray[Any] | None, labels: NDArray[np.int64], path: Path) -> dict[int, str]:
    present = np.unique(labels).tolist()
    if names is None:
        return {label: str(label) for label in present}
    if names.ndim != 1 or names.dtype.kind not in "USiu":
        raise InvalidDataset(f"wanted 'class_names' as a list of texts in {path}, got {names.dtype} of {names.shape}")
    if present and present[-1] >= len(names):
        raise InvalidDataset(
            f"wanted a class name for every label in {path}, got {len(names)} names and the label {present[-1]}"
        )
    if names.dtype.kind == "S":
        names = np.char.decode(names, "utf-8", "replace")
    return {label: str(names[label]) for label in present}
