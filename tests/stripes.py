"""Pictures whose classes only their details tell apart."""

from pathlib import Path

import numpy as np
from PIL import Image

SIZE = 64
"""Pixels a side of each picture."""


def stripes_folder(folder: Path, each: int = 15) -> Path:
    """A folder of two classes, stripes one pixel wide that lie or stand: read at 32 pixels both are the same grey.

    Args:
        folder: Where to write; made if it is missing.
        each: Pictures of a class.
    """
    rng = np.random.default_rng(0)
    for axis, name in enumerate(("lying", "standing")):
        (folder / name).mkdir(parents=True)
        for number in range(each):
            stripes = (np.indices((SIZE, SIZE))[axis] + number) % 2 * rng.integers(60, 120) + rng.integers(40, 80)
            pixels = np.clip(stripes + rng.normal(0, 3, stripes.shape), 0, 255).astype(np.uint8)
            Image.fromarray(pixels).save(folder / name / f"{number}.png")
    return folder
