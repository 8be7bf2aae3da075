"""Zero-cost proxies: numbers an untrained network gives away in milliseconds; imports torch."""

from collections.abc import Callable

import torch
from torch import Tensor, nn

Proxy = Callable[[nn.Module, Tensor], float]
"""A proxy takes a freshly initialised network and a batch of images ``(batch, channels, height, width)``."""

_ACTIVATIONS = (nn.ReLU, nn.ReLU6, nn.Hardswish)
_EIGENVALUE = 1e-5  # Mellor et al., 2020: keeps logarithm and reciprocal of an eigenvalue finite


@torch.no_grad()
def naswot(network: nn.Module, images: Tensor) -> float:
    """How differently images switch the units on: the log-determinant of the kernel of activation patterns.

    The kernel counts the units in which two images agree, over all activations of the network in training mode. One
    more unit on the diagonal, in which each image agrees with itself alone, keeps the determinant above zero.

    References:
        Mellor, Turner, Storkey and Crowley, Neural Architecture Search without Training, ICML 2021 (equation 2).
    """
    kernel = torch.zeros(len(images), len(images), dtype=torch.float64)

    def count(_: nn.Module, __: tuple[Tensor, ...], output: Tensor) -> None:
        active = (output > 0).flatten(1).to(torch.float32)
        kernel.add_((active @ active.T + (1 - active) @ (1 - active).T).double())

    hooks = [module.register_forward_hook(count) for module in network.modules() if isinstance(module, _ACTIVATIONS)]
    try:
        network.train()
        network(images)
    finally:
        for hook in hooks:
            hook.remove()
    return float(torch.linalg.slogdet(kernel + torch.eye(len(images), dtype=torch.float64)).logabsdet)


def synflow(network: nn.Module, images: Tensor) -> float:
    """How much can flow: the logarithm of the sum of weight times gradient, with all weights made positive.

    The input is one image of ones, the network is in evaluation mode with double precision; its weights are given
    back. A network through which nothing flows scores that of the smallest positive number.

    References:
        Tanaka, Kunin, Yamins and Ganguli, Pruning Neural Networks without Any Data, NeurIPS 2020 (equation 2).
        Abdelfattah, Mehrotra, Dudziak and Lane, Zero-Cost Proxies for Lightweight NAS, ICLR 2021.
    """
    saved = {name: value.clone() for name, value in network.state_dict().items()}
    try:
        network.double().eval()
        with torch.no_grad():
            for parameter in network.parameters():
                parameter.abs_()
        parameters = list(network.parameters())
        flow = network(torch.ones(1, *images.shape[1:], dtype=torch.float64)).sum()
        gradients = torch.autograd.grad(flow, parameters, allow_unused=True)
        total = sum(
            (parameter * gradient).abs().sum().item()
            for parameter, gradient in zip(parameters, gradients, strict=True)
            if gradient is not None
        )
    finally:
        network.float()
        network.load_state_dict(saved)
    return float(torch.log(torch.tensor(total, dtype=torch.float64).clamp_min(torch.finfo(torch.float64).tiny)))


def jacobian_covariance(network: nn.Module, images: Tensor) -> float:
    """How differently the output depends on different images: eigenvalues of the correlations of input gradients.

    References:
        Mellor, Turner, Storkey and Crowley, Neural Architecture Search without Training, arXiv 2006.04647v1, 2020.
        Abdelfattah, Mehrotra, Dudziak and Lane, Zero-Cost Proxies for Lightweight NAS, ICLR 2021.
    """
    network.train()
    inputs = images.clone().requires_grad_()
    (gradient,) = torch.autograd.grad(network(inputs).sum(), inputs, allow_unused=True)
    rows = torch.zeros(len(images), 1) if gradient is None else gradient.flatten(1)  # None: nothing reads the images
    rows = rows.double()
    rows = rows - rows.mean(1, keepdim=True)
    rows = rows / rows.norm(dim=1, keepdim=True).clamp_min(1e-12)
    values = torch.linalg.eigvalsh(rows @ rows.T).clamp_min(0.0) + _EIGENVALUE
    return -float((values.log() + 1 / values).sum())


@torch.no_grad()
def open_branches(network: nn.Module) -> nn.Module:
    """The network, with every normalisation that scales by zero, as residual blocks may start, scaling by one.

    Closed branches learn from the first step on, but a proxy, which takes none, would not see them.
    """
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d) and module.affine and not module.weight.any():
            nn.init.ones_(module.weight)
    return network


PROXIES: dict[str, Proxy] = {"naswot": naswot, "synflow": synflow, "jacobian": jacobian_covariance}
"""Proxies by name."""
