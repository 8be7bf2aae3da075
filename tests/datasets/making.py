"""Pictures and datasets to test with."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from nas_plugins.datasets import ImageDataset

RED, WHITE = (255, 0, 0), (255, 255, 255)


def one_line(error: pytest.ExceptionInfo[Exception]) -> str:
    message = str(error.value)
    assert "\n" not in message
    return message


def paint(path: Path, color: object = RED, *, mode: str = "RGB", size: tuple[int, int] = (8, 6)) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new(mode, size, color).save(path)
    return path


def make(labels: list[int], *, split: list[int] | None = None, names: tuple[str, ...] | None = None) -> ImageDataset:
    """A dataset whose every image carries its position in its pixels."""
    images = np.arange(len(labels), dtype=np.uint8)[:, None, None, None].repeat(4, 1).repeat(4, 2).repeat(3, 3)
    names = tuple(map(str, range(max(labels) + 1))) if names is None else names
    return ImageDataset("made", images, np.array(labels), names, None if split is None else np.array(split, np.uint8))
