"""What a network costs: parameters and multiply-adds."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch
    from torch import nn


@dataclass(frozen=True)
class Cost:
    """What a network costs.

    Args:
        parameters: Trainable parameters.
        multiply_adds: Of one forward pass on one image, counted as in :func:`count_multiply_adds`.
    """

    parameters: int
    multiply_adds: int


def count_parameters(network: "nn.Module") -> int:
    """Number of trainable parameters."""
    return sum(parameter.numel() for parameter in network.parameters() if parameter.requires_grad)


def count_multiply_adds(network: "nn.Module", image_shape: Sequence[int] = (3, 32, 32)) -> int:
    """Multiply-adds of one forward pass on one image, in convolutions and linear layers.

    Biases of linear layers count one each, everything else (normalisation, activation, pooling) counts nothing: the
    convention behind the figures of NAS-Bench-201 (7.78305 M to 220.11969 M at 32x32).

    Args:
        network: Any module made of ``nn.Conv2d`` and ``nn.Linear``.
        image_shape: ``(channels, height, width)`` of one image.
    """
    import torch
    from torch import nn

    total = 0

    def count(module: "nn.Module", _: object, output: "torch.Tensor") -> None:
        nonlocal total
        if isinstance(module, nn.Conv2d):
            per_output = module.in_channels // module.groups * math.prod(module.kernel_size)
            total += output.numel() * per_output
        elif isinstance(module, nn.Linear):
            total += output.numel() * (module.in_features + (module.bias is not None))

    handles = [
        module.register_forward_hook(count) for module in network.modules() if isinstance(module, nn.Conv2d | nn.Linear)
    ]
    was_training = network.training
    try:
        network.eval()
        with torch.no_grad():
            network(torch.zeros(1, *image_shape, device=next(network.parameters()).device))
    finally:
        network.train(was_training)
        for handle in handles:
            handle.remove()
    return total
