"""DeepSet: each image mapped by itself, the mean over all images mapped once more."""

from torch import Tensor, nn

from nas_plugins.strategies.metad2a.set_encoders.set_encoder import SetEncoder


class DeepSetEncoder(SetEncoder):
    """All images are one set; which class an image belongs to is not seen.

    The elements are averaged where the source adds them up: datasets met in a search have other numbers of images than
    those of meta-training, and a sum would leave the range the second map has seen.

    References:
        Zaheer et al., Deep Sets, NIPS 2017, Theorem 2; a row of Table 5 of Lee et al., MetaD2A, ICLR 2021.
    """

    def __init__(self, feature_dimension: int, dimension: int = 56) -> None:
        super().__init__(feature_dimension, dimension)
        self.each = perceptron(feature_dimension, dimension)
        self.all = perceptron(dimension, dimension)

    def forward(self, features: Tensor) -> Tensor:
        """See :meth:`SetEncoder.forward`."""
        return self.all(self.each(features).mean(dim=(1, 2)))

    def encode_shared(self, classes: Tensor, members: Tensor) -> Tensor:
        """See :meth:`SetEncoder.encode_shared`; every image is mapped once."""
        return self.all(self.each(classes).mean(dim=1)[members].mean(dim=1))


def perceptron(in_dimension: int, dimension: int) -> nn.Sequential:
    """Two linear layers with a ReLU between them, the hidden one twice as wide as the result."""
    return nn.Sequential(nn.Linear(in_dimension, 2 * dimension), nn.ReLU(), nn.Linear(2 * dimension, dimension))
