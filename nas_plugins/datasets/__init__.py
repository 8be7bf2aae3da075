"""Labelled images: the built-in digits, folders of class folders, and ``.npz`` files, all as one :class:`ImageDataset`.

>>> from nas_plugins.datasets import load_dataset
>>> digits = load_dataset("digits")
>>> digits
ImageDataset('digits': 1,797 images of 8x8 pixels in 10 classes)
>>> [images.shape for images in digits.images_by_class()][:2]
[(178, 8, 8, 3), (182, 8, 8, 3)]
"""

from nas_plugins.datasets.image_dataset import ImageDataset
from nas_plugins.datasets.loading import BUILT_IN, load_dataset

__all__ = ["BUILT_IN", "ImageDataset", "load_dataset"]
