"""Set Transformer: attention over all images of a dataset, whatever their class."""

from torch import Tensor

from nas_plugins.strategies.metad2a.set_encoders.set_encoder import SetEncoder
from nas_plugins.strategies.metad2a.set_encoders.set_pool import SetPool


class SetTransformerEncoder(SetEncoder):
    """All images are one set; which class an image belongs to is not seen.

    The blocks are those of the hierarchical encoder, so that only the hierarchy is compared. Attention is quadratic in
    the number of images, which views keep at a few hundred.

    References:
        Lee et al., Set Transformer, ICML 2019; a row of Table 5 of Lee et al., MetaD2A, ICLR 2021.
    """

    def __init__(self, feature_dimension: int, dimension: int = 56) -> None:
        super().__init__(feature_dimension, dimension)
        self.pool = SetPool(feature_dimension, dimension)

    def forward(self, features: Tensor) -> Tensor:
        """See :meth:`SetEncoder.forward`."""
        return self.pool(features.flatten(1, 2))
