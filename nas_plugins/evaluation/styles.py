"""Other looks of the same pictures: one dataset becomes several domains for meta-training."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from nas_plugins.spaces.errors import InvalidArgument

Pictures = NDArray[np.uint8]
"""Images ``(n, height, width, 3)``."""

_TILES = 4


def _plain(images: Pictures, rng: np.random.Generator) -> Pictures:
    del rng
    return images


def _grey(images: Pictures, rng: np.random.Generator) -> Pictures:
    """Luminance (ITU-R BT.601) in all three channels."""
    del rng
    grey = np.rint(images @ np.array([0.299, 0.587, 0.114])).astype(np.uint8)
    return np.repeat(grey[..., None], 3, axis=-1)


def _edges(images: Pictures, rng: np.random.Generator) -> Pictures:
    """Gradient magnitude of the luminance, dark lines on white: a drawing of the picture."""
    grey = _grey(images, rng)[..., 0].astype(np.float32)
    down, right = np.gradient(grey, axis=(1, 2))
    lines = 255 - np.clip(4 * np.hypot(down, right), 0, 255)
    return np.repeat(lines.astype(np.uint8)[..., None], 3, axis=-1)


def _mosaic(images: Pictures, rng: np.random.Generator) -> Pictures:
    """Sixteen tiles in an order of each picture's own: textures without a shape."""
    count, height, width, _ = images.shape
    tall, wide = height // _TILES, width // _TILES
    if min(tall, wide) < 1:
        return images
    cut = images[:, : tall * _TILES, : wide * _TILES]
    tiles = cut.reshape(count, _TILES, tall, _TILES, wide, 3).swapaxes(2, 3).reshape(count, -1, tall, wide, 3)
    order = rng.permuted(np.tile(np.arange(_TILES**2), (count, 1)), axis=1)
    mixed = tiles[np.arange(count)[:, None], order].reshape(count, _TILES, _TILES, tall, wide, 3)
    return mixed.swapaxes(2, 3).reshape(cut.shape)


def _noisy(images: Pictures, rng: np.random.Generator) -> Pictures:
    """Gaussian noise of 50 grey levels on every value."""
    return np.clip(images + rng.normal(0, 50, images.shape), 0, 255).astype(np.uint8)


def _lighting(images: Pictures, rng: np.random.Generator) -> Pictures:
    """Each picture darkened by a factor of its own, from 1 down to 0.1: photographs by day and by night."""
    return (images * np.exp(rng.uniform(np.log(0.1), 0, (len(images), 1, 1, 1)))).astype(np.uint8)


STYLES: dict[str, Callable[[Pictures, np.random.Generator], Pictures]] = {
    "plain": _plain,
    "grey": _grey,
    "edges": _edges,
    "mosaic": _mosaic,
    "noisy": _noisy,
    "lighting": _lighting,
}
"""Every style by its name."""


def restyle(images: Pictures, style: str, rng: np.random.Generator) -> Pictures:
    """Images in a style.

    Args:
        images: ``(n, height, width, 3)`` uint8.
        style: A key of :data:`STYLES`.
        rng: Source of what the style draws.

    Returns:
        As many images, of the same size up to a few pixels lost at the border of a mosaic.

    Raises:
        InvalidArgument: No style has that name.
    """
    if style not in STYLES:
        raise InvalidArgument(f"wanted a style out of {', '.join(STYLES)}, got {style!r}")
    return STYLES[style](images, rng)
