"""MetaD2A's set encoder, told how many classes there are."""

import math

from torch import Tensor, nn

from nas_plugins.strategies.metad2a.set_encoders.set_encoder import SetEncoder
from nas_plugins.strategies.metad2a.set_encoders.set_pool import SetPool


class CountedHierarchicalSetEncoder(SetEncoder):
    """The hierarchical encoder, plus a linear map of the logarithm of the number of classes.

    Attention averages over classes, so that the published encoder cannot count them. It need not, all its tasks having
    20 classes; the accuracy that two classes leave to be reached is another one than that of twenty.
    """

    def __init__(self, feature_dimension: int, dimension: int = 56) -> None:
        super().__init__(feature_dimension, dimension)
        self.intra_class = SetPool(feature_dimension, dimension)
        self.inter_class = SetPool(dimension, dimension)
        self.count = nn.Linear(1, dimension, bias=False)

    def forward(self, features: Tensor) -> Tensor:
        """See :meth:`SetEncoder.forward`."""
        return self._counted(self._prototypes(features))

    def encode_shared(self, classes: Tensor, members: Tensor) -> Tensor:
        """See :meth:`SetEncoder.encode_shared`; the prototype of a class is computed once."""
        return self._counted(self.intra_class(classes)[members])

    def appearance(self, views: Tensor) -> Tensor:
        """See :meth:`SetEncoder.appearance`."""
        vectors: Tensor = self.inter_class(self._prototypes(views))
        return vectors

    def _prototypes(self, features: Tensor) -> Tensor:
        """Of every class, ``(batch, classes, dimension)``."""
        batch, classes = features.shape[:2]
        prototypes: Tensor = self.intra_class(features.flatten(0, 1)).view(batch, classes, -1)
        return prototypes

    def _counted(self, prototypes: Tensor) -> Tensor:
        """Dataset vectors from prototypes ``(batch, classes, dimension)``."""
        amount = prototypes.new_full((1, 1), math.log(prototypes.shape[1]))
        pooled: Tensor = self.inter_class(prototypes) + self.count(amount)
        return pooled
