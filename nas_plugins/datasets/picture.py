"""One picture file to a small RGB array."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps


def read_picture(path: Path, size: int) -> NDArray[np.uint8]:
    """Read a picture as ``(size, size, 3)`` uint8 RGB.

    The camera's orientation is applied, transparency laid on white, 16-bit grey scaled to 8 bits; CMYK, palette and
    grey become RGB; of an animation the first frame counts. The whole picture is squeezed to the square. Floating-point
    grey runs from 0 to 1 where no value is above 1, else from 0 to 255.

    Raises:
        ValueError: Floating-point grey outside 0 to 255, or not a number: a measurement, and nobody said what is white.
        Exception: Whatever Pillow raises on damaged files; more pixels than Pillow's limit against decompression bombs.
    """
    with Image.open(path) as opened:
        # JPEG decodes straight to a smaller size; twice what is needed leaves the final averaging its say.
        opened.draft(None, (2 * size, 2 * size))
        ImageOps.exif_transpose(opened, in_place=True)
        picture: Image.Image = opened
        if picture.mode.startswith("I"):
            picture = _to_eight_bits(picture)
        elif picture.mode == "F":
            picture = _from_floats(picture)
        if picture.has_transparency_data:
            # Pillow averages RGBA weighted by alpha, so that invisible colours do not bleed in.
            small = _squeeze(picture.convert("RGBA"), size)
            return np.asarray(Image.alpha_composite(Image.new("RGBA", small.size, "white"), small).convert("RGB"))
        if picture.mode not in ("L", "RGB", "CMYK"):
            picture = picture.convert("RGB")
        return np.asarray(_squeeze(picture, size).convert("RGB"))  # converted when small: large pictures fill memory


def _squeeze(picture: Image.Image, size: int) -> Image.Image:
    return picture.resize((size, size), Image.Resampling.BILINEAR, reducing_gap=2.0)


def _to_eight_bits(picture: Image.Image) -> Image.Image:
    """Grey of mode ``I;16*``, or ``I``, which Pillow uses for 16 bits too and for files that hold small integers."""
    values = np.asarray(picture).astype(np.int64)
    if picture.mode.startswith("I;16") or values.max(initial=0) > 255:
        values = values // 257  # 65535 becomes 255
    return Image.fromarray(np.clip(values, 0, 255).astype(np.uint8))


def _from_floats(picture: Image.Image) -> Image.Image:
    values = np.asarray(picture, np.float64)
    low, high = values.min(initial=0), values.max(initial=0)
    if not (low >= 0 and high <= 255):  # nan is neither
        raise ValueError(f"wanted grey from 0 to 1 or from 0 to 255, got {low:g} to {high:g}")
    return Image.fromarray(np.rint(values * (255 if high <= 1 else 1)).astype(np.uint8))
