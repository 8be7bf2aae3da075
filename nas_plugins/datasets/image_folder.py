"""Labelled images from a folder of class folders."""

import os
import warnings
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from nas_plugins.datasets.image_dataset import TEST, TRAIN, ImageDataset
from nas_plugins.datasets.usable_classes import keep_usable_classes
from nas_plugins.spaces.errors import InvalidDataset

SUFFIXES = frozenset(
    f".{suffix}"
    for suffix in (
        "png",
        "jpg",
        "jpeg",
        "jpe",
        "jfif",
        "bmp",
        "gif",
        "webp",
        "avif",
        "tif",
        "tiff",
        "jp2",
        "ppm",
        "pgm",
        "pbm",
    )
)
"""Suffixes that are taken for pictures, in lower case."""

_READERS = min(4, os.cpu_count() or 1)  # each holds a decoded picture, which may be hundreds of megabytes

_TRAIN_FOLDERS = ("train", "training")
_TEST_FOLDERS = ("test", "testing", "val", "valid", "validation")  # the first that exists is the test part


def read_image_folder(path: str | Path, image_size: int) -> ImageDataset:
    """Read a folder whose subfolders are the classes, their names the class names.

    Subfolders ``train`` and ``test`` (or ``val``) that hold class folders themselves are the dataset's split, unless a
    folder of another name beside them holds pictures: then all are classes, and a warning says so. Pictures are found
    by their suffix, at any depth below their class folder; hidden files and folders and every other file are passed
    over.

    Args:
        path: The folder.
        image_size: Height and width that every picture is squeezed to as it is read, in pixels. The memory taken is
            three bytes a pixel: 7.5 GB for 50,000 pictures at 224.

    Returns:
        The dataset, named after the folder, classes in the order of their names. Unreadable pictures and empty class
        folders are left out with one warning each that counts them and names the first.

    Raises:
        InvalidDataset: No class folders, no pictures, fewer than two classes, a class whose pictures are all broken, or
            a test part without a training part.
    """
    path = Path(path).resolve()
    try:
        found = _find_pictures(path)
    except OSError as error:
        raise InvalidDataset(f"wanted a readable folder of class folders, got an error at {path}: {error}") from error
    names = sorted({name for name, _, _ in found})
    numbers = {name: number for number, name in enumerate(names)}
    labels = np.array([numbers[name] for name, _, _ in found], np.int64)
    split = np.array([part for _, _, part in found], np.uint8)
    files = [file for _, file, _ in found]
    images, problems = _read_pictures(files, image_size)
    readable = np.array([problem is None for problem in problems])
    broken = [f"{file} ({problem})" for file, problem in zip(files, problems, strict=True) if problem is not None]
    if len(broken) == len(files):
        raise InvalidDataset(f"wanted pictures in {path}, all {len(files)} are broken, the first {broken[0]}")
    lost = np.setdiff1d(labels, labels[readable])
    if lost.size:
        raise InvalidDataset(
            f"wanted a readable picture of every class in {path}, all of {names[lost[0]]!r} are broken; "
            "mend or remove them"
        )
    if broken:
        warnings.warn(
            f"{len(broken)} of {len(files)} pictures could not be read and are left out, the first {broken[0]}",
            stacklevel=2,
        )
    return keep_usable_classes(path.name, images[readable], labels[readable], dict(enumerate(names)), split[readable])


def _find_pictures(path: Path) -> list[tuple[str, Path, int]]:
    """Class name, file and part (train or test) of every picture."""
    parts = _split_folders(path)
    found: list[tuple[str, Path, int]] = []
    empty: list[Path] = []
    for part, folder in parts.items():
        for class_folder in _folders(folder):
            pictures = list(_pictures(class_folder))
            found += [(class_folder.name, picture, part) for picture in pictures]
            if not pictures:
                empty.append(class_folder)
    if not found:
        if not empty and next(_pictures(path), None) is not None:
            raise InvalidDataset(
                f"wanted one subfolder per class in {path}, got pictures without class folders; sort them into folders"
            )
        raise InvalidDataset(f"wanted pictures in class folders below {path}, found none; check the path")
    if empty:
        warnings.warn(f"{len(empty)} class folder(s) without pictures left out, the first {empty[0]}", stacklevel=3)
    return found


def _split_folders(path: Path) -> dict[int, Path]:
    """The folders whose subfolders are the classes, by part.

    Raises:
        InvalidDataset: There is a test part, or several, without a training part.
    """
    # A class may be called "train"; it holds pictures, while the folder of a split holds class folders.
    folders = _folders(path)
    by_name = {
        folder.name.lower(): folder
        for folder in folders
        if folder.name.lower() in _TRAIN_FOLDERS + _TEST_FOLDERS and _folders(folder) and not _has_own_pictures(folder)
    }
    if not by_name:
        return {TRAIN: path}
    # A class of that name may have its pictures in subfolders, too: then there are other classes beside it.
    beside = [
        folder.name
        for folder in folders
        if folder.name.lower() not in _TRAIN_FOLDERS + _TEST_FOLDERS and next(_pictures(folder), None) is not None
    ]
    if beside:
        warnings.warn(
            f"{', '.join(folder.name for folder in by_name.values())} in {path} taken as classes and not as a split, "
            f"because {', '.join(beside[:3])} beside them hold pictures too",
            stacklevel=4,
        )
        return {TRAIN: path}
    train = [by_name[name] for name in _TRAIN_FOLDERS if name in by_name]
    test = [by_name[name] for name in _TEST_FOLDERS if name in by_name]
    if not train:
        names = " and ".join(folder.name for folder in test)
        raise InvalidDataset(
            f"wanted a folder train of class folders beside {names} in {path}, found none; name the training part "
            f"train, or give one part alone, as in {test[0]}"
        )
    if len(test) > 1:
        warnings.warn(f"{test[1]} left out: {test[0]} is taken as the test part", stacklevel=4)
    return {TRAIN: train[0], **({TEST: test[0]} if test else {})}


def _folders(path: Path) -> list[Path]:
    return sorted(item for item in path.iterdir() if item.is_dir() and not item.name.startswith("."))


def _has_own_pictures(folder: Path) -> bool:
    return any(_is_picture(item.name) for item in folder.iterdir() if item.is_file())


def _is_picture(name: str) -> bool:
    return not name.startswith(".") and os.path.splitext(name)[1].lower() in SUFFIXES  # noqa: PTH122 - thousands of names


def _pictures(folder: Path) -> Iterator[Path]:
    for parent, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            if _is_picture(name):
                yield Path(parent, name)


def _read_pictures(files: Sequence[Path], image_size: int) -> tuple[NDArray[np.uint8], list[str | None]]:
    """Images ``(n, image_size, image_size, 3)``, and of each what kept it from being read, ``None`` if nothing did."""
    from PIL import Image

    from nas_plugins.datasets.picture import read_picture

    images = np.zeros((len(files), image_size, image_size, 3), np.uint8)

    def read(position: int) -> str | None:
        try:
            if not files[position].is_file():  # a pipe would be waited for, a device read for ever
                return "no regular file"
            images[position] = read_picture(files[position], image_size)
        except Exception as error:  # Pillow's readers raise nearly anything on damaged files
            return f"{type(error).__name__}: {error}".partition("\n")[0]
        return None

    with warnings.catch_warnings(), ThreadPoolExecutor(_READERS) as readers:
        warnings.simplefilter("ignore")  # remarks on odd metadata
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        return images, list(readers.map(read, range(len(files))))
