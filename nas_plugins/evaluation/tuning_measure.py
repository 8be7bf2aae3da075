"""Records of a source database by training subnets on from the weights of a supernet."""

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from nas_plugins.datasets.image_dataset import TRAIN
from nas_plugins.evaluation.collection_measure import CollectionMeasure
from nas_plugins.evaluation.collection_settings import LENGTH, CollectionSettings
from nas_plugins.evaluation.tuned_network import tuned_network

if TYPE_CHECKING:
    from nas_plugins.datasets import ImageDataset
    from nas_plugins.spaces.mobilenetv3.supernet import Supernet
    from nas_plugins.spaces.space import SearchSpace


class TuningMeasure(CollectionMeasure):
    """Cuts a subnet out, trains it on the task at the supernet's resolution and measures once at the end.

    Args:
        supernet: The weights.
        settings: How long; cells, channels and image size are the supernet's own.
    """

    reads = LENGTH

    def __init__(self, supernet: "Supernet", settings: CollectionSettings) -> None:
        self.supernet = supernet
        self.settings = settings

    @property
    def protocol(self) -> str:
        """Weights, resolution and length of the training."""
        settings, supernet = self.settings, self.supernet
        return (
            f"tuned,supernet={supernet.fingerprint()[:12]},width={supernet.width:g},image_size={supernet.image_size},"
            f"passes={settings.passes},least_epochs={settings.least_epochs},most_epochs={settings.most_epochs}"
        )

    def accuracy(self, space: "SearchSpace[Any]", architecture: str, images: "ImageDataset") -> float:
        """Train on; the same architecture on the same task gives the same figure."""
        from nas_plugins.evaluation.training import Training

        train_images = len(images) if images.split is None else int(np.sum(images.split == TRAIN))
        settings = replace(self.settings.training(train_images), image_size=self.supernet.image_size)
        subnet = space.parse(architecture)
        network = tuned_network(self.supernet, subnet, images.num_classes, seed=settings.seed)
        return Training(subnet, space, images, settings, network).finish()
