"""What a student learns from: labelled sets of small images, random views of them, and a teacher's embeddings."""

import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import torch
from torch.nn import functional

from nas_plugins.spaces.errors import DamagedFile, InvalidDataset
from nas_plugins.spaces.files import write_atomically
from nas_plugins.strategies.image_features.teachers import Teacher

META_TEST: Final = ("cifar10", "cifar100", "mnist", "oxford_pets")
"""Image sets (by the beginning of their name) on which MetaD2A is judged; nothing here ever reads them."""

NOT_MIRRORED: Final = ("gtsrb", "omniglot_alphabets", "sign_language_digits")
"""Image sets whose classes are symbols: a mirrored image would be another symbol."""


HELD_OUT_SETS: Final = ("flowers5", "sign_language_digits")
HELD_OUT_IMAGENET_CLASSES: Final = 40
HELD_OUT_EVERY: Final = 8
"""Of the classes trained on, every so-manieth image is kept for evaluation."""


@dataclass(frozen=True)
class ImageSet:
    """A labelled set of images.

    Attributes:
        name: The file's name without its ending.
        images: uint8, ``(n, 32, 32, 3)``.
        classes: One name per image; ImageNet images of whatever file are named ``imagenet:<WordNet id>``, others
            ``<name>:<class name>``.
    """

    name: str
    images: np.ndarray
    classes: np.ndarray

    @property
    def is_imagenet(self) -> bool:
        """Whether the classes are ImageNet's."""
        return str(self.classes[0]).startswith("imagenet:")


def is_meta_test(name: str) -> bool:
    """Whether an image set is one of those MetaD2A is judged on."""
    return any(name == forbidden or name.startswith(f"{forbidden}_") for forbidden in META_TEST)


def read_image_sets(folder: str | Path) -> list[ImageSet]:
    """Read every ``.npz`` of images ``(n, 32, 32, 3)`` and labels in a folder, except the meta-test sets.

    Raises:
        InvalidDataset: The folder holds no such file, or one without images, labels and class names.
    """
    found = [_read(path) for path in sorted(Path(folder).glob("*.npz")) if not is_meta_test(path.stem)]
    if not found:
        raise InvalidDataset(f"wanted .npz image sets to learn from in {folder}, found none; name their folder")
    return found


def _read(path: Path) -> ImageSet:
    with np.load(path, allow_pickle=False) as file:
        missing = {"images", "labels", "class_names"} - set(file.files)
        if missing:
            raise InvalidDataset(
                f"wanted images, labels and class_names in {path}, missing {sorted(missing)}; add them"
            )
        images = file["images"]
        # Omniglot's labels are alphabets; its characters are the finer truth.
        if "character_labels" in file.files:
            labels, names = file["character_labels"], file["character_names"]
        else:
            labels, names = file["labels"], file["class_names"]
    if images.shape[1:] != (32, 32, 3) or images.dtype != np.uint8:
        raise InvalidDataset(
            f"wanted uint8 images (n, 32, 32, 3) in {path}, got {images.dtype} {images.shape}; resize them"
        )
    if "imagenet" in path.stem:
        keys = np.array([f"imagenet:{str(name)[:9]}" for name in names])
    else:
        keys = np.array([f"{path.stem}:{name}" for name in names])
    return ImageSet(path.stem, images, keys[labels])


@dataclass(frozen=True)
class Split:
    """Which images are trained on, and which of the others are for what."""

    train: np.ndarray
    unseen_images: np.ndarray
    unseen_classes: np.ndarray


def split_images(sets: list[ImageSet], *, seed: int) -> Split:
    """Split all images: whole sets and ImageNet classes kept back, and every eighth image of the other classes.

    Returns:
        Three masks over the images of all sets, one after the other.
    """
    classes = np.concatenate([images.classes for images in sets])
    names = np.concatenate([np.repeat(images.name, len(images.classes)) for images in sets])
    tiny = np.unique(classes[np.char.startswith(names, "tiny_imagenet")])
    kept = np.random.default_rng([seed, 40]).permutation(tiny)[:HELD_OUT_IMAGENET_CLASSES]
    unseen_classes = np.isin(classes, kept) | np.isin(names, HELD_OUT_SETS)
    order = np.argsort(classes, kind="stable")
    ordered = classes[order]
    starts = np.searchsorted(ordered, ordered)
    rank = np.empty(len(classes), int)
    rank[order] = np.arange(len(classes)) - starts
    unseen_images = ~unseen_classes & (rank % HELD_OUT_EVERY == HELD_OUT_EVERY - 1)
    return Split(~unseen_classes & ~unseen_images, unseen_images, unseen_classes)


def random_view(images: np.ndarray, seed: Sequence[int], *, mirror: bool) -> np.ndarray:
    """A random crop of each image, of 55 to 100 % of its area, enlarged to its size, and mirrored half the time.

    Args:
        images: uint8, ``(n, height, width, 3)``.
        seed: Entropy of the generator.
        mirror: Whether to mirror at all.

    Returns:
        uint8, of the same shape.
    """
    rng = np.random.default_rng(list(seed))
    height = np.sqrt(rng.uniform(0.55, 1.0, len(images)))
    aspect = np.exp(rng.uniform(-0.15, 0.15, len(images)))
    width, height = np.minimum(height * aspect, 1.0), np.minimum(height / aspect, 1.0)
    sign = np.where(rng.random(len(images)) < 0.5, -1.0, 1.0) if mirror else np.ones(len(images))
    transform = np.zeros((len(images), 2, 3), np.float32)
    transform[:, 0, 0], transform[:, 1, 1] = sign * width, height
    transform[:, 0, 2] = rng.uniform(-1, 1, len(images)) * (1 - width)
    transform[:, 1, 2] = rng.uniform(-1, 1, len(images)) * (1 - height)
    out = np.empty_like(images)
    for start in range(0, len(images), 1024):
        part = slice(start, start + 1024)
        batch = torch.from_numpy(images[part]).permute(0, 3, 1, 2).float()
        grid = functional.affine_grid(torch.from_numpy(transform[part]), list(batch.shape), align_corners=False)
        view = functional.grid_sample(batch, grid, mode="bicubic", padding_mode="reflection", align_corners=False)
        out[part] = view.round_().clamp_(0, 255).to(torch.uint8).permute(0, 2, 3, 1).numpy()
    return out


def view_of(images: ImageSet, view: int, seed: int) -> np.ndarray:
    """View 0 is the images themselves, the others are random views; the same seed gives the same views."""
    if view == 0:
        return images.images
    entropy = (seed, view, zlib.crc32(images.name.encode()))
    return random_view(images.images, entropy, mirror=images.name not in NOT_MIRRORED)


def cached_embeddings(
    teacher: Teacher, images: np.ndarray, cache: Path, name: str, advance: Callable[[int], object] = lambda _: None
) -> np.ndarray:
    """The teacher's embeddings of images, computed once and kept as float16 in a folder.

    Args:
        teacher: The network, computed in bfloat16.
        images: uint8, ``(n, 32, 32, 3)``.
        cache: The folder; the file's name says the teacher, its resolution and a checksum of the images.
        name: What the images are called in the file's name.
        advance: Told the number of images after each chunk.

    Returns:
        float16, ``(n, dimension)``.
    """
    checksum = zlib.crc32(np.ascontiguousarray(images).tobytes())
    kind = f"{type(teacher).__name__}-{teacher.resolution}"
    path = cache / f"{kind}-{name}-{checksum:08x}.npy"
    if path.is_file():
        try:
            known: np.ndarray = np.load(path, allow_pickle=False)
        except (ValueError, EOFError) as error:
            raise DamagedFile(f"wanted embeddings in {path}, found a damaged file; delete it") from error
        advance(len(images))
        return known
    parts = []
    for start in range(0, len(images), 256):
        with torch.autocast("cpu", torch.bfloat16):
            parts.append(teacher.embeddings(images[start : start + 256], batch_size=32).astype(np.float16))
        advance(len(parts[-1]))
    embeddings = np.concatenate(parts)

    def write(temporary: Path) -> None:
        with temporary.open("wb") as file:
            np.save(file, embeddings)

    write_atomically(path, write)
    return embeddings
