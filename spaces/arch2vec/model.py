"""The variational graph isomorphism autoencoder of arch2vec."""

from itertools import pairwise
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch_geometric.nn.dense import DenseGINConv

from nas_plugins.spaces.errors import InvalidArgument


class Reconstruction(NamedTuple):
    """What one pass through the autoencoder gives; ``B`` graphs of ``N`` nodes, ``K`` operations, ``D`` latents."""

    operations: Tensor  # (B, N, K) logits of the operation on each node
    adjacency: Tensor  # (B, N, N) logits of the edges, symmetric
    mean: Tensor  # (B, N, D) mean of the posterior
    log_variance: Tensor  # (B, N, D) logarithm of its variance


class GraphAutoencoder(nn.Module):
    """Encodes each node of a graph as a Gaussian and decodes operations and edges from a sample of it.

    Graph isomorphism layers read the graph in both directions (equation 2, adjacency ``A + A^T``); linear heads give
    mean and variance per node (equation 1). The decoder has one linear layer for operations (equation 4) and none for
    edges: edge ``i -> j`` is likely where the latents of the two nodes point the same way (equation 3).

    Graphs of different sizes stand in one batch as rows of zeros behind their nodes, told apart by ``mask``; batch
    normalisation then counts the padding in, as the published code does.

    Args:
        operations: Number ``K`` of operations in the vocabulary.
        hidden: Width of the graph isomorphism layers; 128 in the paper (section 4).
        layers: Number of them; four of 128, the paper's fifth being the heads.
        latent: Latent dimensions ``D`` per node; 16 in the paper (section 3.2).
        dropout: Probability with which the decoder's input is dropped in training; 0.3 in the published code.

    References:
        Yan, Zheng, Ao, Zeng and Zhang, Does Unsupervised Architecture Representation Learning Help Neural Architecture
        Search?, NeurIPS 2020, equations 1 to 4. Xu et al., How Powerful are Graph Neural Networks?, ICLR 2019.
    """

    def __init__(
        self, operations: int, *, hidden: int = 128, layers: int = 4, latent: int = 16, dropout: float = 0.3
    ) -> None:
        super().__init__()
        for name, value in (("operations", operations), ("hidden", hidden), ("layers", layers), ("latent", latent)):
            if value < 1:
                raise InvalidArgument(f"wanted {name} of at least 1, got {value}")
        if not 0 <= dropout < 1:
            raise InvalidArgument(f"wanted a dropout probability in [0, 1), got {dropout}")
        self.sizes = {"operations": operations, "hidden": hidden, "layers": layers, "latent": latent}
        widths = [operations] + [hidden] * layers
        self.encoder = nn.ModuleList(
            DenseGINConv(_NodewiseMLP(before, after), train_eps=True) for before, after in pairwise(widths)
        )
        self.mean = nn.Linear(hidden, latent)
        self.log_variance = nn.Linear(hidden, latent)
        self.dropout = nn.Dropout(dropout)
        self.operation = nn.Linear(latent, operations)

    def encode(self, operations: Tensor, adjacency: Tensor, mask: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Mean and log-variance per node.

        Args:
            operations: One-hot ``(B, N, K)``.
            adjacency: Strictly upper triangular ``(B, N, N)``.
            mask: ``(B, N)``, true where a node exists; ``None`` when all do.

        Returns:
            Two tensors ``(B, N, D)``.
        """
        undirected = adjacency + adjacency.transpose(-1, -2)
        features = operations
        for layer in self.encoder:
            features = layer(features, undirected, mask)
        return self.mean(features), self.log_variance(features)

    def decode(self, latents: Tensor) -> tuple[Tensor, Tensor]:
        """Logits of operations ``(B, N, K)`` and of edges ``(B, N, N)`` from latents ``(B, N, D)``."""
        latents = self.dropout(latents)
        return self.operation(latents), latents @ latents.transpose(-1, -2)

    def forward(self, operations: Tensor, adjacency: Tensor, mask: Tensor | None = None) -> Reconstruction:
        """Encode, draw from the posterior (in evaluation mode: take its mean), decode."""
        mean, log_variance = self.encode(operations, adjacency, mask)
        latents = mean
        if self.training:
            latents = mean + torch.randn_like(mean) * (0.5 * log_variance).exp()
        return Reconstruction(*self.decode(latents), mean, log_variance)


class _NodewiseMLP(nn.Sequential):
    """Two times linear, batch normalisation, ReLU (section 3.1.2), on every node of every graph alike."""

    def __init__(self, before: int, after: int) -> None:
        super().__init__(
            nn.Linear(before, after),
            nn.BatchNorm1d(after),
            nn.ReLU(),
            nn.Linear(after, after),
            nn.BatchNorm1d(after),
            nn.ReLU(),
        )

    def forward(self, features: Tensor) -> Tensor:
        """``(B, N, before)`` to ``(B, N, after)``; batch normalisation sees ``B * N`` rows."""
        return super().forward(features.flatten(0, -2)).unflatten(0, features.shape[:-1])
