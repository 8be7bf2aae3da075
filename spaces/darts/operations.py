"""The operations of DARTS as torch modules (Liu et al., 2019, section 3.1), in the order ReLU, convolution, norm."""

import torch
from torch import Tensor, nn
from torch.nn import functional

from nas_plugins.spaces.errors import InvalidArgument


def operation(name: str, channels: int, *, stride: int) -> nn.Module:
    """The module of an operation other than ``none``; strides round sizes up.

    Args:
        name: Of the operation.
        channels: Of input and output.
        stride: 1 or 2.

    Raises:
        InvalidArgument: An unknown name.
    """
    match name:
        case "max_pool_3x3":
            return nn.MaxPool2d(3, stride, padding=1)
        case "avg_pool_3x3":
            return nn.AvgPool2d(3, stride, padding=1, count_include_pad=False)
        case "skip_connect":
            return nn.Identity() if stride == 1 else FactorizedReduce(channels, channels)
        case "sep_conv_3x3":
            return SeparableConv(channels, 3, stride)
        case "sep_conv_5x5":
            return SeparableConv(channels, 5, stride)
        case "dil_conv_3x3":
            return nn.Sequential(*_separable(channels, 3, stride, dilation=2))
        case "dil_conv_5x5":
            return nn.Sequential(*_separable(channels, 5, stride, dilation=2))
    raise InvalidArgument(f"wanted an operation of DARTS, got {name!r}")


class ReLUConvBN(nn.Sequential):
    """ReLU, 1x1 convolution, batch normalisation: brings a cell's output to the next one's channels."""

    def __init__(self, in_channels: int, out_channels: int) -> None:
        super().__init__(nn.ReLU(), nn.Conv2d(in_channels, out_channels, 1, bias=False), nn.BatchNorm2d(out_channels))


class SeparableConv(nn.Sequential):
    """A depthwise separable convolution, twice; the stride is in the first."""

    def __init__(self, channels: int, kernel_size: int, stride: int) -> None:
        super().__init__(
            *_separable(channels, kernel_size, stride, dilation=1), *_separable(channels, kernel_size, 1, dilation=1)
        )


class FactorizedReduce(nn.Module):
    """Halves height and width by two 1x1 convolutions of stride 2, the second shifted by one pixel each way."""

    def __init__(self, in_channels: int, out_channels: int) -> None:
        super().__init__()
        half = out_channels // 2
        self.convolutions = nn.ModuleList(
            nn.Conv2d(in_channels, channels, 1, stride=2, bias=False) for channels in (half, out_channels - half)
        )
        self.norm = nn.BatchNorm2d(out_channels)

    def forward(self, x: Tensor) -> Tensor:
        """``(batch, in_channels, height, width)`` to ``(batch, out_channels, ceil(height / 2), ceil(width / 2))``."""
        x = x.relu()
        # Only odd sizes need the zeros at the end.
        shifted = functional.pad(x, (0, x.shape[-1] % 2, 0, x.shape[-2] % 2))[..., 1:, 1:]
        halves = [convolution(part) for convolution, part in zip(self.convolutions, (x, shifted), strict=True)]
        return self.norm(torch.cat(halves, dim=1))


def _separable(channels: int, kernel_size: int, stride: int, *, dilation: int) -> list[nn.Module]:
    """ReLU, depthwise convolution, 1x1 convolution, batch normalisation."""
    padding = dilation * (kernel_size // 2)
    return [
        nn.ReLU(),
        nn.Conv2d(
            channels, channels, kernel_size, stride, padding=padding, dilation=dilation, groups=channels, bias=False
        ),
        nn.Conv2d(channels, channels, 1, bias=False),
        nn.BatchNorm2d(channels),
    ]
