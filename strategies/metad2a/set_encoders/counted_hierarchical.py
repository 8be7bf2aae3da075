"""MetaD2A's set encoder, told how many classes there are."""

import math

from torch import Tensor, nn

from nas_plugins.strategies.metad2a.set_encoders.hierarchical import HierarchicalSetEncoder
from nas_plugins.strategies.metad2a.set_encoders.set_encoder import SetEncoder


class CountedHierarchicalSetEncoder(SetEncoder):
    """The hierarchical encoder, plus a linear map of the logarithm of the number of classes.

    Attention averages over classes, so that the published encoder cannot count them. It need not, all its tasks having
    20 classes; the accuracy that two classes leave to be reached is another one than that of twenty.
    """

    def __init__(self, feature_dimension: int, dimension: int = 56) -> None:
        super().__init__(feature_dimension, dimension)
        self.hierarchy = HierarchicalSetEncoder(feature_dimension, dimension)
        self.count = nn.Linear(1, dimension, bias=False)

    def forward(self, features: Tensor) -> Tensor:
        """See :meth:`SetEncoder.forward`."""
        return self._counted(self.hierarchy(features), features.shape[1])

    def encode_shared(self, classes: Tensor, members: Tensor) -> Tensor:
        """See :meth:`SetEncoder.encode_shared`."""
        return self._counted(self.hierarchy.encode_shared(classes, members), members.shape[1])

    def appearance(self, views: Tensor) -> Tensor:
        """See :meth:`SetEncoder.appearance`."""
        return self.hierarchy.appearance(views)

    def _counted(self, vectors: Tensor, classes: int) -> Tensor:
        """Vectors ``(batch, dimension)``, to which the number of classes is added."""
        added: Tensor = vectors + self.count(vectors.new_full((1, 1), math.log(classes)))
        return added
