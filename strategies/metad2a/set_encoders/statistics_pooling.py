"""Statistics pooling: mean, variance and size of each class, then of the classes."""

import torch
from torch import Tensor

from nas_plugins.strategies.metad2a.set_encoders.deep_set import perceptron
from nas_plugins.strategies.metad2a.set_encoders.set_encoder import SetEncoder


class StatisticsPoolingEncoder(SetEncoder):
    """A hierarchy as in MetaD2A's own encoder, with statistics in place of attention.

    Each image is mapped, each class summed up by the statistics of its images and mapped, and so are the classes.

    References:
        Lee et al., Learning to Balance: Bayesian Meta-Learning for Imbalanced and Out-of-distribution Tasks, ICLR 2020;
        a row of Table 5 of Lee et al., MetaD2A, ICLR 2021.
    """

    def __init__(self, feature_dimension: int, dimension: int = 56) -> None:
        super().__init__(feature_dimension, dimension)
        self.image = perceptron(feature_dimension, dimension)
        self.class_statistics = perceptron(2 * dimension + 1, dimension)
        self.dataset_statistics = perceptron(2 * dimension + 1, dimension)

    def forward(self, features: Tensor) -> Tensor:
        """See :meth:`SetEncoder.forward`."""
        return self.dataset_statistics(statistics(self._prototypes(features)))

    def encode_shared(self, classes: Tensor, members: Tensor) -> Tensor:
        """See :meth:`SetEncoder.encode_shared`; the prototype of a class is computed once."""
        return self.dataset_statistics(statistics(self._prototypes(classes)[members]))

    def _prototypes(self, images: Tensor) -> Tensor:
        return self.class_statistics(statistics(self.image(images)))


def statistics(elements: Tensor) -> Tensor:
    """Mean, variance (zero for a single element) and logarithm of the number of elements.

    Args:
        elements: ``(..., size, dimension)``.

    Returns:
        ``(..., 2 * dimension + 1)``.
    """
    variance, mean = torch.var_mean(elements, dim=-2, correction=0)
    size = elements.new_full((*mean.shape[:-1], 1), elements.shape[-2]).log()
    return torch.cat([mean, variance, size], dim=-1)
