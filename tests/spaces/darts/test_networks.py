"""DARTS: networks of cells: formula, sizes, auxiliary head, drop path, training."""

import pytest
import torch
from torch import nn
from torch.nn import functional

from nas_plugins.spaces.darts import Cell, Genotype
from nas_plugins.spaces.darts.network import SearchedCell
from nas_plugins.spaces.errors import InvalidArgument
from tests.spaces.darts.genotypes import ARCH2VEC_RL, SPACE, drawn, uniform


@pytest.mark.parametrize("reduction", [False, True])
def test_a_cell_computes_its_formula(reduction):
    """Nodes are sums of two operations, and the output concatenates them; strides stand on inputs only."""
    torch.manual_seed(0)
    cell = Cell((("max_pool_3x3", 0), ("none", 1), ("avg_pool_3x3", 1), ("skip_connect", 2), ("none", 0), ("none", 1),
                 ("dil_conv_5x5", 2), ("max_pool_3x3", 3)))  # fmt: skip
    searched = SearchedCell(cell, 6, 8, 4, reduction=reduction, behind_reduction=False)
    before, last = torch.randn(2, 6, 8, 8), torch.randn(2, 8, 8, 8)
    stride = 2 if reduction else 1

    def norm(value):
        return functional.batch_norm(value, None, None, training=True)

    def pointwise(value, module):
        return norm(functional.conv2d(value.relu(), module[1].weight))

    first, second = pointwise(before, searched.first), pointwise(last, searched.second)
    two = functional.max_pool2d(first, 3, stride, padding=1)
    three = functional.avg_pool2d(second, 3, stride, padding=1, count_include_pad=False) + two
    _, depthwise, mix, _ = searched.edges["6"]
    five = norm(functional.conv2d(
        functional.conv2d(two.relu(), depthwise.weight, padding=4, dilation=2, groups=4), mix.weight
    )) + functional.max_pool2d(three, 3, 1, padding=1)  # fmt: skip
    torch.testing.assert_close(searched(before, last), torch.cat([two, three, torch.zeros_like(two), five], 1))


@pytest.mark.parametrize(
    ("size", "channels", "C", "N", "stem"),
    [((32, 32), 3, 4, 1, "cifar"), ((9, 15), 1, 3, 1, "cifar"), ((33, 47), 3, 4, 2, "imagenet")],
)
def test_networks_take_images_of_any_size_and_channels(size, channels, C, N, stem):
    """Odd sizes and odd channels too; one row of finite logits per image."""
    network = SPACE.network(drawn(1), 5, C=C, N=N, stem=stem, in_channels=channels)

    logits = network(torch.randn(2, channels, *size))

    assert logits.shape == (2, 5)
    assert torch.isfinite(logits).all()


@pytest.mark.parametrize(("stem", "size"), [("cifar", 32), ("imagenet", 224)])
def test_the_auxiliary_head(stem, size):
    """Both heads give logits, the second only where it was built, and small images are refused with their size."""
    network = SPACE.network(uniform("skip_connect"), 5, C=2, N=1, stem=stem, auxiliary=True)

    logits, auxiliary = network.with_auxiliary(torch.randn(2, 3, size, size))

    assert logits.shape == auxiliary.shape == (2, 5)
    with pytest.raises(InvalidArgument, match="auxiliary head"):
        network.with_auxiliary(torch.randn(2, 3, size // 2, size // 2))
    with pytest.raises(InvalidArgument, match="auxiliary=True"):
        SPACE.network(drawn(0), 5, C=2, N=1).with_auxiliary(torch.randn(2, 3, 32, 32))


def test_drop_path_drops_in_training_only():
    """Training passes differ from one another, evaluation passes do not; passes (skip) are never dropped."""
    torch.manual_seed(0)
    network = SPACE.network(uniform("max_pool_3x3"), 3, C=2, N=1, drop_path=0.5)
    passing = SearchedCell(uniform("skip_connect"), 2, 2, 2, reduction=False, behind_reduction=False)
    x, y = torch.randn(4, 3, 16, 16), torch.randn(4, 2, 8, 8)

    assert not torch.equal(network(x), network(x))
    network.eval()
    assert torch.equal(network(x), network(x))
    torch.testing.assert_close(passing(y, y, 0.9), passing(y, y, 0.0))


def test_drop_path_keeps_the_mean():
    """A kept path is scaled up: over 4,000 images the mean of ones is one within five standard errors (fixed seed)."""
    torch.manual_seed(0)
    cell = SearchedCell(uniform("max_pool_3x3"), 2, 2, 2, reduction=False, behind_reduction=False)
    dropped = cell._dropped(nn.MaxPool2d(1), torch.ones(4000, 1, 1, 1), 0.2)

    assert set(dropped.unique().tolist()) == {0.0, 1.25}
    assert abs(float(dropped.mean()) - 1) < 5 * 0.5 / 4000**0.5


@pytest.mark.parametrize(
    "scale", [{"num_classes": 1}, {"C": 1}, {"N": 0}, {"in_channels": 0}, {"drop_path": 1.0}, {"stem": "large"}]
)
def test_sizes_out_of_range_are_refused(scale):
    """The message names the size."""
    with pytest.raises(InvalidArgument, match=next(iter(scale))):
        SPACE.network(drawn(0), **({"num_classes": 10} | scale))


def test_gradients_reach_every_parameter():
    """Where every operation is a convolution, and the auxiliary head stands."""
    torch.manual_seed(0)
    network = SPACE.network(uniform("dil_conv_3x3"), 3, C=2, N=1, auxiliary=True)
    logits, auxiliary = network.with_auxiliary(torch.randn(6, 3, 32, 32))

    functional.cross_entropy(logits + auxiliary, torch.arange(6) % 3).backward()

    assert all(p.grad is not None and p.grad.abs().sum() > 0 for p in network.parameters())


def test_a_network_trains():
    """Four steps on one batch of two classes, told apart by brightness, lower the loss; drop path on."""
    torch.manual_seed(0)
    cell = Genotype.parse(ARCH2VEC_RL).normal
    network = SPACE.network(cell, 2, C=4, N=1, drop_path=0.1)
    labels = torch.arange(16) % 2
    images = torch.randn(16, 3, 12, 12) * 0.1 + labels[:, None, None, None]
    optimizer = torch.optim.SGD(network.parameters(), 0.05)
    losses = []
    for _ in range(5):
        loss = functional.cross_entropy(network(images), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(float(loss.detach()))

    assert losses[-1] < losses[0]
