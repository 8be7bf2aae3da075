"""Attention pooling: a set of vectors to one vector."""

from torch import Tensor, nn

from nas_plugins.strategies.metad2a.set_encoders.attention_blocks import PoolingByMultiheadAttention, SetAttentionBlock


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
