"""Records of a source database by training each architecture from scratch."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from nas_plugins.datasets.image_dataset import TRAIN
from nas_plugins.evaluation.collection_measure import CollectionMeasure
from nas_plugins.evaluation.collection_settings import MEASURED, CollectionSettings

if TYPE_CHECKING:
    from nas_plugins.datasets import ImageDataset
    from nas_plugins.spaces.space import SearchSpace


@dataclass(frozen=True)
class TrainingMeasure(CollectionMeasure):
    """Trains to the end and measures once.

    Args:
        settings: How long, and how large a network.
    """

    reads = MEASURED

    settings: CollectionSettings

    @property
    def protocol(self) -> str:
        """Passes, epochs and sizes."""
        return self.settings.protocol

    def accuracy(self, space: "SearchSpace[Any]", architecture: str, images: "ImageDataset") -> float:
        """Train from fresh weights; the same architecture on the same task gives the same figure."""
        from nas_plugins.evaluation.training import Training

        train_images = len(images) if images.split is None else int(np.sum(images.split == TRAIN))
        settings = self.settings.training(train_images)
        return Training(space.parse(architecture), space, images, settings).finish()
