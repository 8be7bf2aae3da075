"""No set encoder: what a predictor knows that sees architectures alone."""

from torch import Tensor

from nas_plugins.strategies.metad2a.set_encoders.set_encoder import SetEncoder


class GraphOnly(SetEncoder):
    """Every dataset is the zero vector: the images are not looked at.

    References:
        The row "Graph Encoder (GE) Only" of Table 5 of Lee et al., MetaD2A, ICLR 2021.
    """

    def __init__(self, feature_dimension: int, dimension: int = 56) -> None:
        super().__init__(feature_dimension, dimension)

    def forward(self, features: Tensor) -> Tensor:
        """See :meth:`SetEncoder.forward`."""
        return features.new_zeros(len(features), self.dimension)

    def encode_shared(self, classes: Tensor, members: Tensor) -> Tensor:
        """See :meth:`SetEncoder.encode_shared`."""
        return classes.new_zeros(len(members), self.dimension)
