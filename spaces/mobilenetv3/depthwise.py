"""Depthwise convolutions as training on small images wants them: the same results in less time."""

from functools import lru_cache
from typing import Any

import torch
from torch import Tensor, nn
from torch.autograd.function import once_differentiable
from torch.nn import functional


class DepthwiseConv2d(nn.Conv2d):
    """A depthwise convolution that leaves out what of its kernel meets no pixel."""

    def forward(self, x: Tensor) -> Tensor:
        """``(batch, channels, height, width)`` to ``(batch, channels, ceil(height / stride), ...)``."""
        return depthwise_conv2d(x, self.weight, self.stride[0], self.bias)


def depthwise_conv2d(x: Tensor, weight: Tensor, stride: int, bias: Tensor | None = None) -> Tensor:
    """Convolve each channel with a kernel of its own, padded by half the kernel.

    Args:
        x: ``(batch, channels, height, width)``.
        weight: ``(channels, 1, kernel, kernel)`` of odd kernel size.
        stride: In both directions.
        bias: ``(channels,)``; networks whose normalisations are part of their convolutions have one.

    Returns:
        ``(batch, channels, ceil(height / stride), ceil(width / stride))``.
    """
    weight = within_reach(weight, x)
    if bias is None and _slow_gradient(x, weight):
        convolved: Tensor = _ByMatrixProducts.apply(x, weight, stride)
        return convolved
    return functional.conv2d(x, weight, bias, stride, weight.shape[-1] // 2, groups=len(weight))


def within_reach(weight: Tensor, x: Tensor) -> Tensor:
    """The centre of a kernel that can meet a pixel: on a map of n pixels a side, what is n or more away is padding.

    Nothing changes but the time: gradients of large kernels are what training on small images mostly waits for.
    """
    cut = weight.shape[-1] // 2 - (max(x.shape[-2:]) - 1)
    return weight[:, :, cut:-cut, cut:-cut] if cut > 0 else weight


def _slow_gradient(x: Tensor, weight: Tensor) -> bool:
    """Whether torch's gradient of the weights takes longer than matrix products.

    On processors it is fast where a map holds the kernel. On the smaller maps at the end of a network for small images
    it takes three to ten times as long as products do (``benchmarks/depthwise_gradient.py``).
    """
    if not (torch.is_grad_enabled() and weight.requires_grad) or x.device.type != "cpu":
        return False
    return weight.shape[-1] > max(x.shape[-2:]) and not torch.is_autocast_enabled("cpu")


class _ByMatrixProducts(torch.autograd.Function):
    """The convolution, with the gradient of its weights summed from products of every input with every output pixel."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor, stride: int) -> Tensor:
        ctx.save_for_backward(x, weight)
        ctx.stride = stride
        return functional.conv2d(x, weight, None, stride, weight.shape[-1] // 2, groups=len(weight))

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, Tensor | None, None]:
        x, weight = ctx.saved_tensors
        of_x = of_weight = None
        if ctx.needs_input_grad[0]:
            half = weight.shape[-1] // 2
            of_x = torch.ops.aten.convolution_backward(
                gradient.contiguous(memory_format=torch.channels_last),
                x,
                weight,
                None,
                [ctx.stride] * 2,
                [half] * 2,
                [1, 1],
                False,
                [0, 0],
                len(weight),
                [True, False, False],
            )[0]
        if ctx.needs_input_grad[1]:
            # Channel by channel in memory; torch would copy every matrix by itself, which takes twice as long.
            inputs = x.permute(1, 0, 2, 3).contiguous().flatten(2)
            outputs = gradient.permute(1, 0, 2, 3).contiguous().flatten(2)
            pairs = torch.bmm(inputs.transpose(1, 2), outputs).flatten(1)
            meeting = _meeting(tuple(x.shape[2:]), tuple(gradient.shape[2:]), weight.shape[-1], ctx.stride)
            of_weight = (pairs @ meeting.to(pairs.dtype)).view_as(weight)
        return of_x, of_weight, None


@lru_cache(maxsize=256)
def _meeting(inputs: tuple[int, int], outputs: tuple[int, int], kernel: int, stride: int) -> Tensor:
    """Where in the kernel an input and an output pixel meet, ``(pairs of pixels, kernel * kernel)`` of 0 and 1."""

    def along(size: int, reduced: int) -> Tensor:
        place = torch.arange(size)[:, None] - stride * torch.arange(reduced) + kernel // 2
        return (place[..., None] == torch.arange(kernel)).float()

    both = torch.einsum("iok,jpl->ijopkl", along(inputs[0], outputs[0]), along(inputs[1], outputs[1]))
    return both.reshape(-1, kernel * kernel)
