"""Depthwise convolutions give torch's results and gradients, whichever way they are computed."""

import copy

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.nn import functional

from nas_plugins.spaces import MobileNetV3
from nas_plugins.spaces.mobilenetv3.depthwise import depthwise_conv2d, within_reach
from nas_plugins.spaces.mobilenetv3.supernet import Supernet

SLOW = "nas_plugins.spaces.mobilenetv3.depthwise._slow_gradient"


def drawn(shape, kernel, seed):
    """An input and weights in double precision, which want gradients."""
    generator = torch.Generator().manual_seed(seed)
    x = torch.randn(shape, generator=generator, dtype=torch.float64)
    weight = torch.randn(shape[1], 1, kernel, kernel, generator=generator, dtype=torch.float64)
    return x.requires_grad_(), weight.requires_grad_()


@given(
    shape=st.tuples(st.integers(1, 3), st.integers(1, 4), st.integers(1, 7), st.integers(1, 7)),
    kernel=st.sampled_from((1, 3, 5, 7)),
    stride=st.sampled_from((1, 2)),
    last=st.booleans(),
    seed=st.integers(0, 99),
)
def test_results_and_gradients_are_those_of_torch(shape, kernel, stride, last, seed):
    """For maps of any shape, larger or smaller than the kernel, and either order in memory."""
    x, weight = drawn(shape, kernel, seed)
    shown = x.contiguous(memory_format=torch.channels_last) if last else x
    whole = functional.conv2d(shown, weight, None, stride, kernel // 2, groups=shape[1])
    ours = depthwise_conv2d(shown, weight, stride)
    assert torch.allclose(whole, ours, atol=1e-12)
    pull = torch.randn(whole.shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    for one, other in zip(
        torch.autograd.grad(whole, (x, weight), pull), torch.autograd.grad(ours, (x, weight), pull), strict=True
    ):
        assert torch.allclose(one, other, atol=1e-10)


@pytest.mark.parametrize(
    ("side", "kernel", "products"),
    [(2, 3, True), (3, 5, True), (6, 7, True), (3, 3, False), (6, 5, False), (7, 7, False)],
)
def test_products_are_taken_where_they_are_faster(side, kernel, products) -> None:
    x, weight = drawn((2, 3, side, side), kernel, 0)
    assert (type(depthwise_conv2d(x, weight, 1).grad_fn).__name__ == "_ByMatrixProductsBackward") == products
    with torch.no_grad():
        assert depthwise_conv2d(x, weight, 1).grad_fn is None
    fixed = depthwise_conv2d(x, weight.detach(), 1)  # only the input wants a gradient
    assert type(fixed.grad_fn).__name__ == "ConvolutionBackward0"


def test_a_bias_and_autocast_are_left_to_torch() -> None:
    x, weight = (one.detach().float().requires_grad_() for one in drawn((2, 3, 2, 2), 3, 0))
    bias = torch.arange(3.0)
    assert torch.allclose(
        depthwise_conv2d(x, weight, 1, bias), depthwise_conv2d(x, weight, 1) + bias[:, None, None], atol=1e-6
    )
    with torch.autocast("cpu", torch.bfloat16):
        mixed = depthwise_conv2d(x, weight, 1)
    assert mixed.dtype == torch.bfloat16
    mixed.float().sum().backward()
    assert weight.grad is not None


def test_a_supernet_has_the_same_gradients_either_way(monkeypatch) -> None:
    """Through all layers of random subnets, of the supernet and cut out of it."""
    torch.manual_seed(0)
    supernet, space = Supernet(5, width=0.25), MobileNetV3()
    images = torch.randn(4, 3, 48, 48)
    for seed in range(3):
        subnet = space.sample(np.random.default_rng(seed))
        for network in (supernet, supernet.extract(subnet)):
            found = {}
            for way in ("ours", "torch's"):
                if way == "torch's":
                    monkeypatch.setattr(SLOW, lambda *_: False)
                one = copy.deepcopy(network).train()
                logits = one(images, subnet) if network is supernet else one(images)
                logits.square().sum().backward()
                found[way] = [p.grad for p in one.parameters() if p.grad is not None]
            monkeypatch.undo()
            for ours, plain in zip(found["ours"], found["torch's"], strict=True):
                assert torch.allclose(ours, plain, rtol=1e-3, atol=1e-4 * float(plain.abs().max()) + 1e-6)


@pytest.mark.parametrize("size", [1, 2, 3, 4, 9])
@pytest.mark.parametrize("kernel", [3, 5, 7])
@pytest.mark.parametrize("stride", [1, 2])
def test_a_kernel_cut_to_its_reach_computes_the_same(size, kernel, stride) -> None:
    generator = torch.Generator().manual_seed(size)
    x = torch.randn(2, 4, size, size, generator=generator)
    weight = torch.randn(4, 1, kernel, kernel, generator=generator)
    cut = within_reach(weight, x)
    whole = functional.conv2d(x, weight, None, stride, kernel // 2, groups=4)
    assert torch.allclose(whole, functional.conv2d(x, cut, None, stride, cut.shape[-1] // 2, groups=4), atol=1e-5)
    assert cut.shape[-1] <= max(1, 2 * size - 1)
