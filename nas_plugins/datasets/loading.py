"""Find a dataset by name or path."""

from pathlib import Path

import numpy as np

from nas_plugins.datasets.image_archive import read_image_archive
from nas_plugins.datasets.image_dataset import ImageDataset
from nas_plugins.datasets.image_folder import read_image_folder
from nas_plugins.spaces.errors import InvalidArgument, InvalidDataset
from nas_plugins.spaces.files import user_path

BUILT_IN = ("digits",)
"""Names of the datasets that need no file."""

_FOLDER_IMAGE_SIZE = 32


def load_dataset(
    name_or_path: str | Path, image_size: int | None = None, *, folder_size: int | None = None
) -> ImageDataset:
    """Load labelled images.

    - ``"digits"``: scikit-learn's 1,797 handwritten digits, 8x8 pixels, grey as RGB. A folder of that name is meant by
      ``"./digits"``.
    - A folder of class folders, see :func:`nas_plugins.datasets.image_folder.read_image_folder`.
    - A ``.npz`` file, see :func:`nas_plugins.datasets.image_archive.read_image_archive`.

    Args:
        name_or_path: One of the above.
        image_size: Height and width of the images returned, in pixels, at least 1. ``None`` keeps the stored size;
            pictures in folders, which differ in size, become 32x32, or as ``folder_size`` says.
        folder_size: Height and width in pixels at which the images will be trained on or evaluated. Without an
            ``image_size``, pictures in folders are read at this size where it is larger than 32, as pictures enlarged
            later have no more detail than what was read; nothing else is resized by it. All pictures are held in
            memory, three bytes a pixel: 50,000 take 154 MB at 32 pixels and 7.5 GB at 224.

    Returns:
        A dataset with at least two classes and an image of each.

    Raises:
        InvalidArgument: An image size is below 1, or the name cannot be a path.
        InvalidDataset: Nothing of that name or path, or nothing usable there; the message says what and what to do.
    """
    for size in (image_size, folder_size):
        if size is not None and size < 1:
            raise InvalidArgument(f"wanted an image size of at least 1 pixel, got {size}")
    if name_or_path in BUILT_IN:
        dataset = _load_digits()
        return dataset if image_size is None else dataset.resized(image_size)
    path = user_path(name_or_path)
    if path.is_dir():
        return read_image_folder(path, max(_FOLDER_IMAGE_SIZE, folder_size or 0) if image_size is None else image_size)
    if path.is_file():
        dataset = read_image_archive(path)
        return dataset if image_size is None else dataset.resized(image_size)
    raise InvalidDataset(
        f"wanted 'digits', a folder of class folders or an .npz file, found nothing at {str(name_or_path)!r}; "
        "check the path"
    )


def _load_digits() -> ImageDataset:
    from sklearn.datasets import load_digits

    digits = load_digits()
    grey = np.rint(digits.images * (255 / 16)).astype(np.uint8)  # stored as 0 to 16
    images = np.repeat(grey[..., None], 3, axis=-1)
    return ImageDataset("digits", images, digits.target.astype(np.int64), tuple("0123456789"))
