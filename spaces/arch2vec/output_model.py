"""Predicts what a network makes of an image from the network's latents and the image."""

import torch
from torch import Tensor, nn


class OutputModel(nn.Module):
    """The second part of the model with input-output information.

    A dense layer makes a vector of a network's flattened latents; blocks of 3x3 convolutions, batch normalisation and
    ReLU, with stride 2 at the end of each block, and global average pooling make a vector of an image; dense layers
    make the output features of both.

    Args:
        nodes: Nodes of a graph ``N``.
        latent: Latent dimensions per node ``D``.
        features: Output features ``f``.
        width: Of both vectors and of the layer behind them.

    References:
        Graph Embedding for Neural Architecture Search with Input-Output Information, section 3.3 and figure 2.
    """

    def __init__(self, nodes: int, latent: int, features: int, *, width: int = 64) -> None:
        super().__init__()
        self.network = nn.Linear(nodes * latent, width)
        self.image = nn.Sequential(
            _convolution(3, 16),
            _convolution(16, 16, stride=2),
            _convolution(16, 32),
            _convolution(32, 32, stride=2),
            nn.AdaptiveAvgPool2d(1),
            nn.Flatten(),
            nn.Linear(32, width),
        )
        self.output = nn.Sequential(nn.ReLU(), nn.Linear(2 * width, width), nn.ReLU(), nn.Linear(width, features))

    def forward(self, latents: Tensor, images: Tensor) -> Tensor:
        """Latents ``(B, N, D)`` and images ``(B, 3, height, width)`` to features ``(B, f)``."""
        return self.output(torch.cat([self.network(latents.flatten(1)), self.image(images)], dim=1))


def _convolution(before: int, after: int, *, stride: int = 1) -> nn.Module:
    return nn.Sequential(
        nn.Conv2d(before, after, 3, stride=stride, padding=1, bias=False), nn.BatchNorm2d(after), nn.ReLU()
    )
