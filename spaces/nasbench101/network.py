"""The torch network of a NAS-Bench-101 cell: a stem, three stacks of three cells, a classifier."""

import torch
from torch import Tensor, nn

from nas_plugins.spaces.errors import InvalidArgument
from nas_plugins.spaces.nasbench101.cell import MAX_VERTICES, Cell
from nas_plugins.spaces.nasbench101.channels import vertex_channels


class CellNetwork(nn.Module):
    """The skeleton of NAS-Bench-101 around one cell (Ying et al., 2019, figure 1 and section 2.1).

    Stem 3x3 convolution to ``C`` channels; stacks of ``N`` cells at ``C``, ``2C``, ``4C`` channels, before the second
    and third a 2x2 max pooling of stride 2; global average pooling; a linear classifier. Input ``(batch, in_channels,
    height, width)``, output logits ``(batch, num_classes)``.

    Args:
        cell: The architecture.
        num_classes: Number of classes, at least 2.
        C: Channels of the first stack, at least 5, so that each of five vertices has one; 128 in the benchmark.
        N: Cells per stack; 3 in the benchmark.
        in_channels: Channels of the images.

    Raises:
        InvalidArgument: A size that is too small.
    """

    def __init__(self, cell: Cell, num_classes: int, *, C: int = 128, N: int = 3, in_channels: int = 3) -> None:
        super().__init__()
        for name, value, least in (
            ("num_classes", num_classes, 2),
            ("C", C, MAX_VERTICES - 2),
            ("N", N, 1),
            ("in_channels", in_channels, 1),
        ):
            if value < least:
                raise InvalidArgument(f"wanted {name} of at least {least}, got {value}")
        self.cell = cell
        self.stem = ConvBNReLU(in_channels, C, 3)
        stacks: list[nn.Module] = []
        for stack, channels in enumerate((C, 2 * C, 4 * C)):
            if stack:
                # 'same' padding of the official code: an odd row or column is pooled by itself.
                stacks.append(nn.MaxPool2d(2, stride=2, ceil_mode=True))
            for repeat in range(N):
                stacks.append(SearchedCell(cell, channels // 2 if stack and not repeat else channels, channels))
        self.stacks = nn.Sequential(*stacks)
        self.last = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten())
        self.classifier = nn.Linear(4 * C, num_classes)

    def forward(self, images: Tensor) -> Tensor:
        """Images ``(batch, in_channels, height, width)`` to logits ``(batch, num_classes)``."""
        return self.classifier(self.last(self.stacks(self.stem(images))))


class SearchedCell(nn.Module):
    """The vertices of a cell in order: an inner vertex sums what it reads, the output concatenates.

    What comes from the input is projected to the vertex's channels by a 1x1 convolution; what comes from a vertex with
    one channel more is cut. The output adds the projected input to the concatenation.
    """

    def __init__(self, cell: Cell, in_channels: int, out_channels: int) -> None:
        super().__init__()
        self.channels = vertex_channels(cell, in_channels, out_channels)
        self.reads = [[source for source, end in cell.edges if end == vertex] for vertex in range(cell.vertices)]
        self.projections = nn.ModuleDict(
            {str(end): ConvBNReLU(in_channels, self.channels[end], 1) for source, end in cell.edges if source == 0}
        )
        self.operations = nn.ModuleList(
            _operation(name, channels) for name, channels in zip(cell.operations, self.channels[1:-1], strict=True)
        )

    def forward(self, x: Tensor) -> Tensor:
        """``(batch, in_channels, height, width)`` to ``(batch, out_channels, height, width)``."""
        values = [x]
        for vertex, operation in enumerate(self.operations, start=1):
            terms = [values[source][:, : self.channels[vertex]] for source in self.reads[vertex] if source]
            terms += [self.projections[str(vertex)](x)] if 0 in self.reads[vertex] else []
            values.append(operation(sum(terms[1:], start=terms[0])))
        last = len(values)
        parts = [values[source] for source in self.reads[last] if source]
        outputs = [torch.cat(parts, dim=1)] if parts else []  # a cell without inner vertices has only the shortcut
        outputs += [self.projections[str(last)](x)] if 0 in self.reads[last] else []
        return sum(outputs[1:], start=outputs[0])


class ConvBNReLU(nn.Sequential):
    """Convolution without bias, batch normalisation, ReLU: the order NAS-Bench-101 trains with."""

    def __init__(self, in_channels: int, out_channels: int, kernel_size: int) -> None:
        super().__init__(
            nn.Conv2d(in_channels, out_channels, kernel_size, padding=kernel_size // 2, bias=False),
            # The official momentum 0.997 of the running average, in torch's counting.
            nn.BatchNorm2d(out_channels, eps=1e-5, momentum=0.003),
            nn.ReLU(),
        )


def _operation(name: str, channels: int) -> nn.Module:
    match name:
        case "conv3x3-bn-relu":
            return ConvBNReLU(channels, channels, 3)
        case "conv1x1-bn-relu":
            return ConvBNReLU(channels, channels, 1)
        case "maxpool3x3":
            return nn.MaxPool2d(3, stride=1, padding=1)
    raise InvalidArgument(f"wanted an operation of NAS-Bench-101, got {name!r}")
