"""From the images of a dataset, class by class, to one vector: MetaD2A's set encoder."""

import torch
from torch import Tensor, nn
from torch_geometric.nn.aggr.utils import PoolingByMultiheadAttention, SetAttentionBlock


class SetPool(nn.Module):
    """Pool a set of vectors into one, whatever their order and number: two attention blocks, then attention pooling.

    Args:
        in_dimension: Size of each element.
        dimension: Size of the result.
        heads: Attention heads; must divide ``dimension``.

    References:
        Lee et al., Set Transformer, ICML 2019; Lee et al., MetaD2A, ICLR 2021, Eq. 9 and 10.
    """

    def __init__(self, in_dimension: int, dimension: int, *, heads: int = 4) -> None:
        super().__init__()
        # PyG's blocks keep the size of their elements, so the change of size comes first.
        self.project = nn.Linear(in_dimension, dimension)
        self.attend = nn.Sequential(SetAttentionBlock(dimension, heads), SetAttentionBlock(dimension, heads))
        self.pool = PoolingByMultiheadAttention(dimension, num_seed_points=1, heads=heads)
        self.out = nn.Linear(dimension, dimension)

    def forward(self, elements: Tensor) -> Tensor:
        """Sets ``(batch, size, in_dimension)`` to vectors ``(batch, dimension)``."""
        return self.out(self.pool(self.attend(self.project(elements))).squeeze(1))


class SetEncoder(nn.Module):
    """Encode a dataset hierarchically: images of a class to a prototype, prototypes to a dataset vector.

    The result does not depend on the order of images or classes, and accepts any number of either.

    Args:
        feature_dimension: Size of an image's feature vector.
        dimension: Size of prototypes and of the result; 56 in the paper's Table 6.

    References:
        Lee et al., Rapid Neural Architecture Search by Learning to Generate Graphs from Datasets, ICLR 2021, Eq. 4.
    """

    def __init__(self, feature_dimension: int, dimension: int = 56) -> None:
        super().__init__()
        self.intra_class = SetPool(feature_dimension, dimension)
        self.inter_class = SetPool(dimension, dimension)
        # The average vector over the meta-training tasks: what is assumed of a dataset nobody has shown.
        self.typical: Tensor
        self.register_buffer("typical", torch.zeros(dimension))

    def forward(self, features: Tensor) -> Tensor:
        """Features ``(batch, classes, images, feature_dimension)`` to dataset vectors ``(batch, dimension)``."""
        batch, classes = features.shape[:2]
        prototypes = self.intra_class(features.flatten(0, 1))
        return self.inter_class(prototypes.view(batch, classes, -1))

    def dataset_vectors(self, views: Tensor | None) -> Tensor:
        """Vectors ``(views, dimension)`` of views of a dataset; one typical vector where there are no images."""
        return self.typical.unsqueeze(0) if views is None else self(views)
