"""The contract of a set encoder: from the images of a dataset, class by class, to one vector."""

from abc import ABC, abstractmethod

import torch
from torch import Tensor, nn


class SetEncoder(nn.Module, ABC):
    """Encode a dataset as one vector.

    The vector depends neither on the order of the images of a class nor on the order of the classes, and there may be
    any number of either.

    Args:
        feature_dimension: Size of an image's feature vector.
        dimension: Size of the result; 56 in the paper's Table 6.

    References:
        Lee et al., MetaD2A, ICLR 2021, section 3.1.3.
    """

    def __init__(self, feature_dimension: int, dimension: int) -> None:
        super().__init__()
        self.feature_dimension = feature_dimension
        self.dimension = dimension
        # The average vector over the meta-training tasks: what is assumed of a dataset nobody has shown.
        self.typical: Tensor
        self.register_buffer("typical", torch.zeros(dimension))

    @abstractmethod
    def forward(self, features: Tensor) -> Tensor:
        """Features ``(batch, classes, images, feature_dimension)`` to dataset vectors ``(batch, dimension)``."""

    def encode_shared(self, classes: Tensor, members: Tensor) -> Tensor:
        """Vectors of datasets that share classes; an encoder that treats classes one by one saves work here.

        Args:
            classes: Features ``(n, images, feature_dimension)`` of every class that occurs.
            members: Positions ``(batch, classes)`` in them: the classes of each dataset.

        Returns:
            ``(batch, dimension)``.
        """
        vectors: Tensor = self(classes[members])
        return vectors

    def dataset_vectors(self, views: Tensor | None) -> Tensor:
        """Vectors ``(views, dimension)`` of views of a dataset; one typical vector where there are no images."""
        if views is None:
            return self.typical.unsqueeze(0)
        vectors: Tensor = self(views)
        return vectors

    def appearance(self, views: Tensor) -> Tensor:
        """Vectors ``(views, dimension)`` of what datasets look like; a number of classes that is added is left out."""
        vectors: Tensor = self(views)
        return vectors
