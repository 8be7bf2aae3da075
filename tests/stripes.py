"""Pictures whose classes only their details tell apart."""

from pathlib import Path

import numpy as np
from PIL import Image

SIZE = 64
"""Pixels a side of each picture."""


def stripes_folder(folder: Path, each: int = 15) -> Path:
    """A folder of two classes, stripes one pixel wide that lie or stand: read at 32 pixels both are the same grey.

    They fade towards the edges, where resizing has no neighbours to average with and would leave a line of either kind.

    Args:
        folder: Where to write; made if it is missing.
        each: Pictures of a class.
    """
    rng, fading = np.random.default_rng(0), np.outer(np.hanning(SIZE), np.hanning(SIZE))
    for axis, name in enumerate(("lying", "standing")):
        (folder / name).mkdir(parents=True)
        for number in range(each):
            waves = (np.indices((SIZE, SIZE))[axis] + number) % 2 - 0.5
            stripes = fading * waves * rng.integers(60, 120) + rng.integers(70, 140)
            pixels = np.clip(stripes + rng.normal(0, 3, stripes.shape), 0, 255).astype(np.uint8)
            Image.fromarray(pixels).save(folder / name / f"{number}.png")
    return folder
