"""An inverted residual block that runs at any kernel size and expansion ratio on one set of weights."""

from itertools import pairwise
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from nas_plugins.spaces.mobilenetv3.depthwise import depthwise_conv2d
from nas_plugins.spaces.mobilenetv3.network import InvertedResidual
from nas_plugins.spaces.mobilenetv3.skeleton import squeezed


class ElasticBlock(nn.Module):
    """The largest block, run in parts (Cai et al., 2020, section 3.3).

    A smaller expansion ratio uses the first channels in the middle. A smaller kernel is the centre of the next larger
    one, transformed by a learned matrix that all channels of the block share.

    Args:
        block: With kernel size 7 and expansion ratio 6; its modules become this block's.
    """

    def __init__(self, block: InvertedResidual) -> None:
        super().__init__()
        self.shortcut = block.shortcut
        self.inverted_bottleneck, self.depth_conv = block.inverted_bottleneck, block.depth_conv
        self.point_linear = block.point_linear
        for layers in (self.inverted_bottleneck, self.depth_conv):
            layers.bn = NarrowBatchNorm(_of(layers, "bn").weight.numel())
        self.in_channels: int = _of(self.inverted_bottleneck, "conv").weight.shape[1]
        self.transform_7to5 = _identity(25)
        self.transform_5to3 = _identity(9)

    def forward(self, x: Tensor, kernel: int, expansion: int) -> Tensor:
        """``(batch, in_channels, height, width)`` to ``(batch, channels, ceil(height / stride), ...)``."""
        middle = self.in_channels * expansion
        first, depthwise, last = self.inverted_bottleneck, self.depth_conv, self.point_linear
        y = functional.conv2d(x, _of(first, "conv").weight[:middle])
        y = _of(first, "act")(_of(first, "bn")(y))
        y = depthwise_conv2d(y, self.depthwise_weight(kernel, expansion), _of(depthwise, "conv").stride[0])
        y = _of(depthwise, "act")(_of(depthwise, "bn")(y))
        if hasattr(depthwise, "se"):
            y = _squeeze_excite(_of(depthwise, "se"), y)
        y = _of(last, "bn")(functional.conv2d(y, _of(last, "conv").weight[:, :middle]))
        return x + y if self.shortcut else y

    def depthwise_weight(self, kernel: int, expansion: int) -> Tensor:
        """Weights ``(in_channels * expansion, 1, kernel, kernel)`` of the depthwise convolution."""
        weight = _of(self.depth_conv, "conv").weight[: self.in_channels * expansion]
        for smaller, transform in ((5, self.transform_7to5), (3, self.transform_5to3)):
            if kernel <= smaller:
                centre = weight[:, :, 1:-1, 1:-1].flatten(1)
                weight = functional.linear(centre, transform).view(-1, 1, smaller, smaller)
        return weight

    @torch.no_grad()
    def sort_channels(self, kept: tuple[int, ...] = ()) -> None:
        """Reorder the channels in the middle so that the first ones are the most important.

        Importance is the L1 norm of the weights that read a channel (Cai et al., 2020, section 3.3, figure 4). The
        largest block computes what it did before.

        Args:
            kept: Expansion ratios already trained, whose sets of channels stay what they are.
        """
        importance = _of(self.point_linear, "conv").weight.abs().sum((0, 2, 3))
        bounds = [self.in_channels * expansion for expansion in kept]
        order = _descending(importance, bounds)
        _reorder(_of(self.point_linear, "conv"), order, dim=1)
        for layers in (self.inverted_bottleneck, self.depth_conv):
            _reorder(_of(layers, "conv"), order)
            _reorder(_of(layers, "bn"), order)
        if hasattr(self.depth_conv, "se"):
            reduce, expand = _of(self.depth_conv, "se").fc.reduce, _of(self.depth_conv, "se").fc.expand
            _reorder(reduce, order, dim=1)
            _reorder(expand, order)
            # The channels within are cut off at the same ratios as those in the middle.
            importance = expand.weight.abs().sum((0, 2, 3))
            order = _descending(importance, [squeezed(bound) for bound in bounds])
            _reorder(expand, order, dim=1)
            _reorder(reduce, order)


class NarrowBatchNorm(nn.BatchNorm2d):
    """Batch normalisation of the first channels, as many as the input has.

    In training the running statistics of those channels follow along; they mix what subnets of all shapes left, so an
    evaluation measures its own (:func:`nas_plugins.spaces.mobilenetv3.recalibration.recalibrate`).
    """

    def forward(self, x: Tensor) -> Tensor:
        """``(batch, channels, height, width)`` of at most the full number of channels."""
        channels = x.shape[1]
        mean, variance = self.running_mean, self.running_var
        return functional.batch_norm(
            x,
            None if mean is None else mean[:channels],
            None if variance is None else variance[:channels],
            self.weight[:channels],
            self.bias[:channels],
            self.training,
            0.0 if self.momentum is None else self.momentum,
            self.eps,
        )


def _identity(size: int) -> nn.Parameter:
    matrix = torch.empty(size, size)
    # On the device "meta" nothing is computed, and to find that out torch imports its compiler for seconds.
    return nn.Parameter(matrix if matrix.is_meta else torch.eye(size))


def _squeeze_excite(module: nn.Module, x: Tensor) -> Tensor:
    """Squeeze-and-excitation of the first channels, by the first channels within."""
    channels = x.shape[1]
    within = squeezed(channels)
    fc = _of(module, "fc")
    reduce, expand = _of(fc, "reduce"), _of(fc, "expand")
    y = x.mean((2, 3), keepdim=True)
    y = functional.conv2d(y, reduce.weight[:within, :channels], reduce.bias[:within])
    y = functional.conv2d(y.relu(), expand.weight[:channels, :within], expand.bias[:channels])
    return x * functional.hardsigmoid(y)


def _descending(importance: Tensor, bounds: list[int]) -> Tensor:
    """Indices by falling importance, within each of the parts that the bounds make."""
    edges = sorted({0, *bounds, len(importance)})
    return torch.cat([low + importance[low:high].argsort(descending=True) for low, high in pairwise(edges)])


def _reorder(module: nn.Module, order: Tensor, dim: int = 0) -> None:
    """Permute a module's weights along a dimension, and along the first whatever else has one entry per channel."""
    tensors = {**dict(module.named_parameters()), **dict(module.named_buffers())}
    for name, tensor in tensors.items():
        if name == "weight" or (dim == 0 and tensor.dim() == 1):
            tensor.copy_(tensor.index_select(dim, order))


def _of(module: nn.Module, name: str) -> Any:
    """A named child; torch types those as a union that nothing can be done with."""
    return getattr(module, name)
