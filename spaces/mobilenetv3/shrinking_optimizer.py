"""The optimiser of progressive shrinking, of a supernet or of one network trained as its subnets are."""

import math
from collections.abc import Mapping

import torch
from torch import Tensor, nn

from nas_plugins.spaces.mobilenetv3.shrinking_settings import ShrinkingSettings


def shrinking_optimizer(network: nn.Module, settings: ShrinkingSettings) -> torch.optim.SGD:
    """Nesterov's momentum; biases and normalisations do not decay."""
    parameters = list(network.parameters())
    groups = [
        {"params": [p for p in parameters if p.dim() > 1], "weight_decay": settings.weight_decay},
        {"params": [p for p in parameters if p.dim() <= 1], "weight_decay": 0.0},
    ]
    momentum = settings.momentum
    return torch.optim.SGD(groups, lr=0.0, momentum=momentum, nesterov=momentum > 0)


def set_learning_rate(optimizer: torch.optim.Optimizer, highest: float, progress: float) -> None:
    """The rate rises for a twentieth of the way and falls along a cosine.

    Args:
        optimizer: Whose rate is set.
        highest: What the cosine begins at.
        progress: From 0 to 1.
    """
    for group in optimizer.param_groups:
        group["lr"] = highest * min(1.0, 20 * progress + 0.01) * (1 + math.cos(math.pi * progress)) / 2


def momentum_of(network: nn.Module, optimizer: torch.optim.Optimizer) -> dict[str, Tensor]:
    """What the optimiser remembers, by the names of the parameters; nothing of those that no step has moved."""
    buffers = {name: optimizer.state.get(p, {}).get("momentum_buffer") for name, p in network.named_parameters()}
    return {name: buffer for name, buffer in buffers.items() if buffer is not None}


def restore_momentum(network: nn.Module, optimizer: torch.optim.Optimizer, momentum: Mapping[str, Tensor]) -> None:
    """Give a new optimiser back what :func:`momentum_of` told of an earlier one."""
    parameters = dict(network.named_parameters())
    for name, value in momentum.items():
        like = parameters[name]
        optimizer.state[like]["momentum_buffer"] = torch.empty_like(like).copy_(value)
