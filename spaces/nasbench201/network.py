"""The torch network of a NAS-Bench-201 cell: a stem, three stages of repeated cells, a classifier."""

import torch
from torch import Tensor, nn

from nas_plugins.spaces.errors import InvalidArgument
from nas_plugins.spaces.nasbench201.cell import EDGES, Cell


class CellNetwork(nn.Module):
    """The macro skeleton of NAS-Bench-201 around one cell (Dong and Yang, 2020, figure 1 and section 2.1).

    Stem 3x3 convolution to ``C`` channels; three stages of ``N`` cells at ``C``, ``2C``, ``4C`` channels, between them
    a residual block of stride 2; global average pooling; a linear classifier. Input ``(batch, in_channels, height,
    width)`` with height and width at least 4, output logits ``(batch, num_classes)``.

    Args:
        cell: The architecture.
        num_classes: Number of classes, at least 2.
        C: Channels of the first stage; 16 in the benchmark.
        N: Cells per stage; 5 in the benchmark.
        in_channels: Channels of the images.

    Raises:
        InvalidArgument: A size below 1 (``num_classes`` below 2).
    """

    def __init__(self, cell: Cell, num_classes: int, *, C: int = 16, N: int = 5, in_channels: int = 3) -> None:
        super().__init__()
        for name, value, least in (
            ("num_classes", num_classes, 2),
            ("C", C, 1),
            ("N", N, 1),
            ("in_channels", in_channels, 1),
        ):
            if value < least:
                raise InvalidArgument(f"wanted {name} of at least {least}, got {value}")
        self.cell = cell
        self.stem = nn.Sequential(nn.Conv2d(in_channels, C, 3, padding=1, bias=False), nn.BatchNorm2d(C))
        stages: list[nn.Module] = []
        for stage, channels in enumerate((C, 2 * C, 4 * C)):
            if stage:
                stages.append(ResidualReduction(channels // 2, channels))
            stages += [SearchedCell(cell, channels) for _ in range(N)]
        self.stages = nn.Sequential(*stages)
        self.last = nn.Sequential(nn.BatchNorm2d(4 * C), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten())
        self.classifier = nn.Linear(4 * C, num_classes)

    def forward(self, images: Tensor) -> Tensor:
        """Images ``(batch, in_channels, height, width)`` to logits ``(batch, num_classes)``."""
        return self.classifier(self.last(self.stages(self.stem(images))))


class SearchedCell(nn.Module):
    """Four nodes; each is the sum over its incoming edges of the edge's operation on the edge's source."""

    def __init__(self, cell: Cell, channels: int) -> None:
        super().__init__()
        # `none` contributes nothing to a sum, so its edges carry no module at all.
        self.edges = nn.ModuleDict(
            {
                f"{source}_{target}": _operation(operation, channels)
                for (source, target), operation in zip(EDGES, cell.operations, strict=True)
                if operation != "none"
            }
        )

    def forward(self, x: Tensor) -> Tensor:
        """Feature map ``(batch, channels, height, width)`` to one of the same shape."""
        nodes = [x]
        for target in (1, 2, 3):
            edges = [(f"{source}_{target}", nodes[source]) for source in range(target)]
            terms = [self.edges[name](value) for name, value in edges if name in self.edges]
            # A node that nothing reaches is zero, and operations on it still run, as in the benchmark: a convolution
            # of zeros leaves the learned shift of its normalisation.
            nodes.append(sum(terms[1:], start=terms[0]) if terms else torch.zeros_like(x))
        return nodes[-1]


class ReLUConvBN(nn.Sequential):
    """ReLU, convolution without bias, batch normalisation: the order NAS-Bench-201 trains with."""

    def __init__(self, in_channels: int, out_channels: int, kernel_size: int, stride: int = 1) -> None:
        super().__init__(
            nn.ReLU(),
            nn.Conv2d(in_channels, out_channels, kernel_size, stride, padding=kernel_size // 2, bias=False),
            nn.BatchNorm2d(out_channels),
        )


class ResidualReduction(nn.Module):
    """Residual block of stride 2 between stages: two 3x3 convolutions, and average pooling with a 1x1 convolution."""

    def __init__(self, in_channels: int, out_channels: int) -> None:
        super().__init__()
        self.convolutions = nn.Sequential(
            ReLUConvBN(in_channels, out_channels, 3, stride=2), ReLUConvBN(out_channels, out_channels, 3)
        )
        self.shortcut = nn.Sequential(
            # ceil_mode only matters for odd sizes, where the strided convolution also rounds up.
            nn.AvgPool2d(2, stride=2, ceil_mode=True),
            nn.Conv2d(in_channels, out_channels, 1, bias=False),
        )

    def forward(self, x: Tensor) -> Tensor:
        """``(batch, in_channels, height, width)`` to ``(batch, out_channels, ceil(height / 2), ceil(width / 2))``."""
        return self.shortcut(x) + self.convolutions(x)


def _operation(name: str, channels: int) -> nn.Module:
    match name:
        case "skip_connect":
            return nn.Identity()
        case "nor_conv_1x1":
            return ReLUConvBN(channels, channels, 1)
        case "nor_conv_3x3":
            return ReLUConvBN(channels, channels, 3)
        case "avg_pool_3x3":
            return nn.AvgPool2d(3, stride=1, padding=1, count_include_pad=False)
    raise InvalidArgument(f"wanted an operation of NAS-Bench-201, got {name!r}")
