"""The generator: from a dataset to a distribution over architectures that suit it."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from nas_plugins.spaces.graph import Graph
from nas_plugins.strategies.metad2a.graph_decoder import GraphDecoder
from nas_plugins.strategies.metad2a.set_encoders import build_set_encoder


class Generator(nn.Module):
    """Encode a dataset as a Gaussian over latent vectors and decode graphs from draws.

    Args:
        feature_dimension: Size of an image's feature vector.
        operations: Labels of graph nodes, input first, output last.
        nodes: Largest number of nodes of a graph.
        dimension: Size of dataset and latent vectors; 56 in the paper's Table 6.
        set_encoder: A name of :data:`nas_plugins.strategies.metad2a.set_encoders.SET_ENCODERS`.
        edges: The edges of all graphs, as :class:`GraphDecoder` takes them; ``None`` where each is decided.

    References:
        Lee et al., MetaD2A, ICLR 2021, section 3.1.1, Eq. 1, 2 and 5.
    """

    def __init__(
        self,
        feature_dimension: int,
        operations: Sequence[str],
        nodes: int,
        *,
        dimension: int = 56,
        set_encoder: str = "hierarchical",
        edges: Sequence[Sequence[int]] | None = None,
    ) -> None:
        super().__init__()
        self.set_encoder = build_set_encoder(set_encoder, feature_dimension, dimension)
        self.mean = nn.Linear(dimension, dimension)
        self.log_variance = nn.Linear(dimension, dimension)
        self.decoder = GraphDecoder(operations, nodes, latent=dimension, hidden=dimension, edges=edges)

    def loss(
        self, dataset: Tensor, one_hot: Tensor, adjacency: Tensor, *, kl_weight: float, noise: torch.Generator
    ) -> Tensor:
        """Negative evidence lower bound per graph (Eq. 2).

        Args:
            dataset: Dataset vectors ``(batch, dimension)`` from ``self.set_encoder``.
            one_hot: Operations of each dataset's architecture ``(batch, nodes, operations)``.
            adjacency: Its edges ``(batch, nodes, nodes)``.
            kl_weight: Weight of the divergence; 0.005 in the paper's Table 6.
            noise: Source of the reparameterised draw.
        """
        mean, log_variance = self.gaussian(dataset)
        draw = mean + torch.randn(mean.shape, generator=noise) * torch.exp(0.5 * log_variance)
        divergence = -0.5 * (1 + log_variance - mean**2 - log_variance.exp()).sum(-1)
        return (kl_weight * divergence - self.decoder.log_likelihood(draw, one_hot, adjacency)).mean()

    def gaussian(self, dataset: Tensor) -> tuple[Tensor, Tensor]:
        """Mean and log-variance ``(batch, dimension)`` of the latent vector of each dataset vector (Eq. 5)."""
        return self.mean(dataset), self.log_variance(dataset)

    @torch.no_grad()
    def sample(
        self, views: Tensor | None, count: int, generator: torch.Generator, *, temperature: float = 1.0
    ) -> list[Graph]:
        """Draw ``count`` graphs, spread evenly over views of a dataset; ``None`` stands for the typical dataset."""
        mean, log_variance = self.gaussian(self.set_encoder.dataset_vectors(views))
        rows = torch.arange(count) % len(mean)
        noise = torch.randn((count, mean.shape[1]), generator=generator)
        latents = mean[rows] + noise * torch.exp(0.5 * log_variance[rows])
        return self.decoder.sample(latents, generator, temperature=temperature)

    @torch.no_grad()
    def sample_prior(self, count: int, generator: torch.Generator, *, temperature: float = 1.0) -> list[Graph]:
        """Draw ``count`` graphs for no dataset at all: latent vectors come from the prior, a standard normal."""
        latents = torch.randn((count, self.mean.out_features), generator=generator)
        return self.decoder.sample(latents, generator, temperature=temperature)
