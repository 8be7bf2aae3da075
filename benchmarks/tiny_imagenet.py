"""Tiny ImageNet as our MobileNetV3 supernet sees it: one file of pictures from the folder that Stanford publishes.

    python benchmarks/tiny_imagenet.py tiny-imagenet-200 tiny_imagenet.npz

The 500 training pictures of each of the 200 classes, and the 50 of its validation part as test part, all of 64 pixels.
A quarter, drawn at random, is reduced to 32 and enlarged again, because the other pictures that the supernet learns
from have 32. Of the validation part those are left out that are the same file as a training picture (seven are, each of
another class). Classes are named as in ``n01443537:goldfish``, so that they are shared with other pictures of
ImageNet's classes. The supernet that ships was trained with another draw of the quarter.
"""

import argparse
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
from PIL import Image

from nas_plugins.datasets import ImageDataset
from nas_plugins.spaces.files import write_atomically

_TRAIN, _TEST = 0, 1
_SMALL, _SIZE = 32, 64


def read(folder: Path) -> ImageDataset:
    """All pictures of 64 pixels, with their classes and parts.

    Args:
        folder: With ``train``, ``val`` and ``words.txt``.
    """
    words = dict(line.split("\t") for line in (folder / "words.txt").read_text().splitlines())
    classes = sorted(path.name for path in (folder / "train").iterdir())
    found = [
        (folder / "train" / name / "images" / f"{name}_{number}.JPEG", label, _TRAIN)
        for label, name in enumerate(classes)
        for number in range(500)
    ]
    known = {path.read_bytes() for path, _, _ in found}
    for line in (folder / "val" / "val_annotations.txt").read_text().splitlines():
        picture, name, *_ = line.split("\t")
        path = folder / "val" / "images" / picture
        if path.read_bytes() not in known:
            found.append((path, classes.index(name), _TEST))
    return ImageDataset(
        "tiny_imagenet",
        np.stack([np.asarray(Image.open(path).convert("RGB")) for path, _, _ in found]),
        np.array([label for _, label, _ in found], np.int32),
        tuple(f"{name}:{words[name].split(',')[0]}" for name in classes),
        np.array([part for _, _, part in found]),
    )


def with_small_ones(dataset: ImageDataset, seed: int) -> ImageDataset:
    """The same with a quarter of the pictures reduced to 32 pixels and enlarged again."""
    chosen = np.random.default_rng(seed).choice(len(dataset), len(dataset) // 4, replace=False)
    images = dataset.images.copy()
    images[chosen] = dataset.select(chosen).resized(_SMALL).resized(_SIZE).images
    return replace(dataset, images=images)


def main() -> None:
    """Write the file."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("output", type=Path)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    if arguments.output.suffix != ".npz":
        parser.error(f"wanted a name that ends with .npz, got {arguments.output}")
    if not (arguments.folder / "words.txt").is_file():
        parser.error(f"wanted the folder of Tiny ImageNet with train, val and words.txt, got {arguments.folder}")
    dataset = with_small_ones(read(arguments.folder), arguments.seed)
    arrays = {"images": dataset.images, "labels": dataset.labels, "class_names": np.array(dataset.class_names)}
    write_atomically(arguments.output, partial(np.savez, split=dataset.split, **arrays))
    print(f"{len(dataset):,} pictures of {dataset.num_classes} classes: {arguments.output}")


if __name__ == "__main__":
    main()
