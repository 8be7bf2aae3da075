"""The variational graph isomorphism autoencoder of arch2vec."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any, Literal, NamedTuple

import torch
from torch import Tensor, nn
from torch_geometric.nn.dense import DenseGCNConv, DenseGINConv

from nas_plugins.spaces.arch2vec.autoregressive import AutoregressiveDecoder
from nas_plugins.spaces.errors import InvalidArgument


class Reconstruction(NamedTuple):
    """What one pass through the autoencoder gives; ``B`` graphs of ``N`` nodes, ``K`` operations, ``D`` latents."""

    operations: Tensor  # (B, N, K) logits of the operation on each node
    adjacency: Tensor  # (B, N, N) logits of the edges above the diagonal
    mean: Tensor  # (B, N, D) mean of the posterior
    log_variance: Tensor  # (B, N, D) logarithm of its variance
    latents: Tensor  # (B, N, D) what was decoded: a draw from the posterior in training, else its mean


class GraphAutoencoder(nn.Module):
    """Encodes each node of a graph as a Gaussian and decodes operations and edges from a sample of it.

    Graph isomorphism layers read the graph in both directions (equation 2, adjacency ``A + A^T``); linear heads give
    mean and variance per node (equation 1). The decoder of the paper has one linear layer for operations (equation 4)
    and none for edges: edge ``i -> j`` is likely where the latents of the two nodes point the same way (equation 3).
    :class:`AutoregressiveDecoder` stands in for it where graphs have many shapes.

    Graphs of different sizes stand in one batch as rows of zeros behind their nodes. Batch normalisation counts the
    padding in, as the published code does; ``mask`` keeps it out of the sums over neighbours where it carries features.

    Args:
        operations: Number ``K`` of operations in the vocabulary.
        hidden: Width of the graph layers; 128 in the paper (section 4).
        layers: Number of them; four of 128, the paper's fifth being the heads.
        latent: Latent dimensions ``D`` per node; 16 in the paper (section 3.2).
        dropout: Probability with which the decoder's input is dropped in training; 0.3 in the published code.
        encoder: ``"gin"`` as in the paper; ``"gcn"`` for the graph convolutions of the baselines GAE and VGAE (Kipf and
            Welling, 2016).
        decoder: ``"inner_product"`` as in the paper, or ``"autoregressive"``.
        nodes: Number of nodes of the largest graph; needed for positions and the autoregressive decoder.
        positions: Tell the encoder the position of each node. Without, nodes that only their position tells apart
            have equal latents, and the inner product of equal latents is an edge. With, latents belong to a numbering.
        variational: Draw from the posterior in training; without, the model is a plain autoencoder.
        variable_size: Graphs have fewer nodes than ``nodes`` at times: a decoded graph ends with its first node of the
            last operation of the vocabulary.
        edges: Pairs ``(source, target)`` of nodes, the edges that every graph has as far as it has the nodes; the
            autoregressive decoder then decides on operations alone. Where graphs differ in edges, ``None``.
        decoder_hidden: Width of the autoregressive decoder's layers.

    References:
        Yan, Zheng, Ao, Zeng and Zhang, Does Unsupervised Architecture Representation Learning Help Neural Architecture
        Search?, NeurIPS 2020, equations 1 to 4. Xu et al., How Powerful are Graph Neural Networks?, ICLR 2019.
    """

    position: Tensor | None

    def __init__(
        self,
        operations: int,
        *,
        hidden: int = 128,
        layers: int = 4,
        latent: int = 16,
        dropout: float = 0.3,
        encoder: Literal["gin", "gcn"] = "gin",
        decoder: Literal["inner_product", "autoregressive"] = "inner_product",
        nodes: int | None = None,
        positions: bool = False,
        variational: bool = True,
        variable_size: bool = False,
        edges: Sequence[Sequence[int]] | None = None,
        decoder_hidden: int = 512,
    ) -> None:
        super().__init__()
        for name, value in (("operations", operations), ("hidden", hidden), ("layers", layers), ("latent", latent)):
            if value < 1:
                raise InvalidArgument(f"wanted {name} of at least 1, got {value}")
        if not 0 <= dropout < 1:
            raise InvalidArgument(f"wanted a dropout probability in [0, 1), got {dropout}")
        if nodes is None and (positions or decoder == "autoregressive"):
            raise InvalidArgument("wanted the number of nodes for positions or an autoregressive decoder, got none")
        self.sizes: dict[str, Any] = {
            "operations": operations,
            "hidden": hidden,
            "layers": layers,
            "latent": latent,
            "encoder": encoder,
            "decoder": decoder,
            "nodes": nodes,
            "positions": positions,
            "variational": variational,
            "variable_size": variable_size,
            "edges": None if edges is None else [list(pair) for pair in edges],
            "decoder_hidden": decoder_hidden,
        }
        self.nodes, self.variational = nodes, variational
        self.end = operations - 1 if variable_size else None
        widths = [operations + (nodes or 0) * positions] + [hidden] * layers
        self.encoder = nn.ModuleList(_graph_layer(encoder, before, after) for before, after in pairwise(widths))
        self.register_buffer("position", torch.eye(nodes or 0) if positions else None, persistent=False)
        self.mean = nn.Linear(hidden, latent)
        self.log_variance = nn.Linear(hidden, latent)
        self.dropout = nn.Dropout(dropout)
        self.operation: nn.Linear | None = None
        self.decoder: AutoregressiveDecoder | None = None
        if decoder == "inner_product":
            self.operation = nn.Linear(latent, operations)
        else:
            self.decoder = AutoregressiveDecoder(nodes or 0, operations, latent, hidden=decoder_hidden, edges=edges)

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
        if self.position is not None:
            features = torch.cat([features, self.position.expand(len(features), -1, -1)], dim=-1)
        for layer in self.encoder:
            features = layer(features, undirected, mask)
        return self.mean(features), self.log_variance(features)

    def decode(self, latents: Tensor, graphs: tuple[Tensor, Tensor] | None = None) -> tuple[Tensor, Tensor]:
        """Logits of operations ``(B, N, K)`` and of edges ``(B, N, N)`` from latents ``(B, N, D)``.

        Args:
            latents: The latents.
            graphs: Operations and adjacency, shapes as in :meth:`encode`, whose decisions the autoregressive decoder
                is asked about; it needs them. The inner product has no use for them.
        """
        latents = self.dropout(latents)
        if self.operation is not None:
            return self.operation(latents), latents @ latents.transpose(-1, -2)
        if self.decoder is None or graphs is None:
            raise InvalidArgument("wanted the graphs that an autoregressive decoder shall judge, got none")
        return self.decoder(latents, *graphs)

    def generate(self, latents: Tensor) -> tuple[Tensor, Tensor]:
        """The graph that latents ``(B, N, D)`` decode to; call it in evaluation mode.

        Returns:
            Index of the operation on each node ``(B, N)``, and the strictly upper triangular edges ``(B, N, N)``. A
            graph of variable size ends with the first node of the last operation; behind that its operations are -1.
        """
        if self.decoder is not None:
            return self.decoder.generate(latents, end=self.end)
        operations, adjacency = self.decode(latents)
        labels, edges = operations.argmax(-1), torch.triu(adjacency > 0, diagonal=1)
        if self.end is not None:
            behind = ((labels == self.end).cumsum(1) - (labels == self.end).long()) > 0
            labels = labels.masked_fill(behind, -1)
            edges = edges & ~behind[:, None, :]
        return labels, edges

    def forward(self, operations: Tensor, adjacency: Tensor, mask: Tensor | None = None) -> Reconstruction:
        """Encode, draw from the posterior (in evaluation mode: take its mean), decode."""
        mean, log_variance = self.encode(operations, adjacency, mask)
        latents = mean
        if self.training and self.variational:
            latents = mean + torch.randn_like(mean) * (0.5 * log_variance).exp()
        return Reconstruction(*self.decode(latents, (operations, adjacency)), mean, log_variance, latents)


def _graph_layer(encoder: str, before: int, after: int) -> nn.Module:
    match encoder:
        case "gin":
            return DenseGINConv(_NodewiseMLP(before, after), train_eps=True)
        case "gcn":
            return _GraphConvolution(before, after)
    raise InvalidArgument(f"wanted an encoder out of gin, gcn, got {encoder!r}")


class _GraphConvolution(nn.Module):
    """Graph convolution with self-loops and symmetric normalisation, and ReLU (Kipf and Welling, 2017, equation 2)."""

    def __init__(self, before: int, after: int) -> None:
        super().__init__()
        self.convolution = DenseGCNConv(before, after)

    def forward(self, features: Tensor, adjacency: Tensor, mask: Tensor | None = None) -> Tensor:
        """``(B, N, before)`` to ``(B, N, after)``."""
        return torch.relu(self.convolution(features, adjacency, mask))


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
