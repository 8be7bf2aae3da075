"""MetaD2A's own set encoder: images of a class to a prototype, prototypes to a dataset vector."""

from torch import Tensor

from nas_plugins.strategies.metad2a.set_encoders.set_encoder import SetEncoder
from nas_plugins.strategies.metad2a.set_encoders.set_pool import SetPool


class HierarchicalSetEncoder(SetEncoder):
    """Attention over the images of each class, then over the classes (IntraSetPool and InterSetPool).

    References:
        Lee et al., Rapid Neural Architecture Search by Learning to Generate Graphs from Datasets, ICLR 2021, Eq. 4.
    """

    def __init__(self, feature_dimension: int, dimension: int = 56) -> None:
        super().__init__(feature_dimension, dimension)
        self.intra_class = SetPool(feature_dimension, dimension)
        self.inter_class = SetPool(dimension, dimension)

    def forward(self, features: Tensor) -> Tensor:
        """See :meth:`SetEncoder.forward`."""
        batch, classes = features.shape[:2]
        prototypes = self.intra_class(features.flatten(0, 1))
        return self.inter_class(prototypes.view(batch, classes, -1))

    def encode_shared(self, classes: Tensor, members: Tensor) -> Tensor:
        """See :meth:`SetEncoder.encode_shared`; the prototype of a class is computed once."""
        return self.inter_class(self.intra_class(classes)[members])
