"""The supernet: subnets cut out compute what it does, channels are sorted at no loss, statistics are measured anew."""

import numpy as np
import pytest
import torch
from torch import nn

from nas_plugins.spaces import MobileNetV3
from nas_plugins.spaces.errors import InvalidArgument, InvalidState
from nas_plugins.spaces.mobilenetv3.recalibration import recalibrate
from nas_plugins.spaces.mobilenetv3.skeleton import squeezed
from nas_plugins.spaces.mobilenetv3.subnet import LARGEST, SMALLEST
from nas_plugins.spaces.mobilenetv3.supernet import Supernet

SPACE = MobileNetV3()


def drawn(seed):
    return SPACE.sample(np.random.default_rng(seed))


def noisy(seed=0, **sizes):
    """A supernet in which no weight, transform, statistic or bias stands at a round value."""
    generator = torch.Generator().manual_seed(seed)
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        supernet = Supernet(7, **{"width": 0.25, **sizes})
    with torch.no_grad():
        for tensor in supernet.network.state_dict().values():
            if tensor.is_floating_point():
                tensor.add_(torch.rand(tensor.shape, generator=generator), alpha=0.1 if tensor.dim() == 1 else 0.05)
    return supernet.eval()


def images(count=8, side=32, seed=0):
    return torch.randn(count, 3, side, side, generator=torch.Generator().manual_seed(seed))


SUPERNET = noisy()
BATCHES = [images(6, seed=1), images(4, seed=2)]


@pytest.mark.parametrize("seed", range(24))
def test_a_subnet_cut_out_computes_what_the_supernet_does(seed):
    """Calibrated with the same images, logits agree to float tolerance, and so do all statistics that the two share."""
    subnet = drawn(seed)
    network = SUPERNET.subnet_network(subnet, BATCHES)
    SUPERNET.recalibrate(subnet, BATCHES)

    with torch.no_grad():
        torch.testing.assert_close(network(images()), SUPERNET(images(), subnet), rtol=1e-4, atol=1e-4)
    again = SUPERNET.extract(subnet)
    assert not again.needs_calibration
    for (name, mine), other in zip(network.state_dict().items(), again.state_dict().values(), strict=True):
        torch.testing.assert_close(mine, other, rtol=1e-4, atol=1e-4, msg=name)


@pytest.mark.parametrize("seed", range(4))
def test_in_training_they_agree_as_well(seed):
    """With the statistics of the batch, in logits and in the gradient of the classifier."""
    supernet, subnet = noisy(1).train(), drawn(seed)
    network = supernet.extract(subnet)

    first, second = network(images()), supernet(images(), subnet)
    first.square().sum().backward()
    second.square().sum().backward()
    torch.testing.assert_close(first, second, rtol=1e-4, atol=1e-4)
    torch.testing.assert_close(
        network.classifier.weight.grad, supernet.network.classifier.weight.grad, rtol=1e-3, atol=1e-3
    )


def test_a_network_cut_out_is_a_copy():
    """Training it leaves the supernet as it was."""
    supernet = noisy(2).train()
    before = {name: tensor.clone() for name, tensor in supernet.state_dict().items()}
    network = supernet.extract(LARGEST)
    for parameter in network.parameters():
        assert parameter.requires_grad
        parameter.data.zero_()
    network(images())

    for name, tensor in supernet.state_dict().items():
        assert torch.equal(tensor, before[name]), name


def test_no_evaluation_without_calibration():
    """Neither the supernet nor a network cut out of it answers in evaluation before; training ends a calibration."""
    supernet = noisy(3)
    with pytest.raises(InvalidState, match="recalibrate"):
        supernet(images(), SMALLEST)
    with pytest.raises(InvalidState, match="recalibrate"):
        supernet.extract(SMALLEST)(images())

    supernet.recalibrate(SMALLEST, BATCHES)
    assert supernet(images(), SMALLEST).shape == (8, 7)
    with pytest.raises(InvalidState):
        supernet(images(), LARGEST)
    supernet.train()(images(), SMALLEST)
    with pytest.raises(InvalidState):
        supernet.eval()(images(), SMALLEST)


def test_statistics_are_means_of_batch_statistics():
    """One layer, by hand: means and variances of batches, weighted by their images."""
    network = nn.Sequential(nn.BatchNorm2d(3), nn.Dropout(0.9))
    recalibrate(network, BATCHES)

    for statistic, values in (
        (network[0].running_mean, [batch.mean((0, 2, 3)) for batch in BATCHES]),
        (network[0].running_var, [batch.var((0, 2, 3), correction=0) for batch in BATCHES]),
    ):
        torch.testing.assert_close(statistic, 0.6 * values[0] + 0.4 * values[1])
    assert not network.training
    assert network[0].momentum == 0.1


def test_calibration_forgets_what_was_there():
    """Whatever the old statistics, the new ones are the same, and a second time changes nothing."""
    first, second = noisy(4), noisy(4)
    for module in second.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.running_mean += 100
    one = first.subnet_network(LARGEST, BATCHES).state_dict()
    network = second.subnet_network(LARGEST, BATCHES)
    recalibrate(network, BATCHES)

    for name, tensor in network.state_dict().items():
        if tensor.is_floating_point():
            torch.testing.assert_close(tensor, one[name], msg=name)


@pytest.mark.parametrize("batches", [[], [images(1)]], ids=["no batch", "one image"])
def test_too_few_images_to_calibrate_are_refused(batches):
    with pytest.raises(InvalidArgument, match="images"):
        noisy(5).subnet_network(SMALLEST, batches)


@pytest.mark.parametrize("kept", [(), (4,), (3, 4)])
def test_sorting_channels_changes_nothing_in_the_largest_subnet(kept):
    """Logits stay, whichever expansions are kept; those kept stay as well."""
    supernet = noisy(6)
    subnets = [LARGEST, *[type(LARGEST)((((5, expansion),) * 3,) * 5) for expansion in kept]]
    before = [supernet.subnet_network(subnet, BATCHES)(images()) for subnet in subnets]
    first = supernet.network.blocks[5].point_linear.conv.weight.clone()
    supernet.sort_channels(kept)

    assert not torch.equal(supernet.network.blocks[5].point_linear.conv.weight, first)
    for subnet, logits in zip(subnets, before, strict=True):
        torch.testing.assert_close(supernet.subnet_network(subnet, BATCHES)(images()), logits, rtol=1e-3, atol=1e-3)


def test_channels_are_sorted_by_importance():
    """L1 norms of the weights that read them fall from the first channel to the last, within the squeeze too."""
    supernet = noisy(7)
    supernet.sort_channels()

    for block in list(supernet.network.blocks)[1:]:
        weights = [block.point_linear.conv.weight]
        weights += [block.depth_conv.se.fc.expand.weight] if hasattr(block.depth_conv, "se") else []
        for weight in weights:
            importance = weight.abs().sum((0, 2, 3))
            assert (importance.diff() <= 1e-5).all()


def test_smaller_kernels_are_transformed_centres():
    """With transforms that are identities, the centre itself; the 3x3 passes through the 5x5."""
    block = Supernet(3, width=0.5).network.blocks[1]
    weight = block.depth_conv.conv.weight
    assert torch.equal(block.depthwise_weight(7, 6), weight)
    torch.testing.assert_close(block.depthwise_weight(5, 6), weight[:, :, 1:-1, 1:-1])
    torch.testing.assert_close(block.depthwise_weight(3, 3), weight[: block.in_channels * 3, :, 2:-2, 2:-2])
    with torch.no_grad():
        block.transform_7to5 *= 2
        block.transform_5to3 *= 3

    torch.testing.assert_close(block.depthwise_weight(5, 6), 2 * weight[:, :, 1:-1, 1:-1])
    torch.testing.assert_close(block.depthwise_weight(3, 6), 6 * weight[:, :, 2:-2, 2:-2])


def test_the_size_of_the_published_supernets():
    """7,678,880 parameters at width 1 and 10,715,752 at 1.2, 14,120 of them kernel transforms."""
    for width, parameters in ((1.0, 7_678_880), (1.2, 10_715_752)):
        with torch.device("meta"):
            supernet = Supernet(width=width)
        assert sum(parameter.numel() for parameter in supernet.parameters()) == parameters
        assert parameters - SPACE.cost(LARGEST, 1000, width=width).parameters == 20 * (25**2 + 9**2)


def test_the_squeeze_is_a_quarter_in_eights():
    assert [squeezed(channels) for channels in (72, 96, 240, 672)] == [24, 24, 64, 168]


def test_a_fused_network_computes_the_same():
    """Normalisations are folded into convolutions; the network itself stays as it was."""
    network = SUPERNET.subnet_network(drawn(3), BATCHES)
    before = {name: value.clone() for name, value in network.state_dict().items()}
    with torch.no_grad():
        torch.testing.assert_close(network.fused()(images()), network(images()), rtol=1e-3, atol=1e-4)
    assert not any(isinstance(module, nn.BatchNorm2d) for module in network.fused().modules())
    for name, value in network.state_dict().items():
        assert torch.equal(value, before[name])
    with pytest.raises(InvalidState, match="calibrate"):
        SUPERNET.extract(drawn(3)).fused()


def test_a_calibration_that_fails_leaves_the_statistics_as_they_were():
    supernet = noisy(1)
    before = {name: value.clone() for name, value in supernet.network.state_dict().items()}
    with pytest.raises(InvalidArgument, match="2 images"):
        recalibrate(supernet.network, [images(4), images(1)], lambda batch: supernet._logits(batch, LARGEST))
    for name, value in supernet.network.state_dict().items():
        assert torch.equal(value, before[name]), name


def test_a_subnet_can_be_cut_out_with_a_classifier_of_other_classes():
    network = SUPERNET.extract(drawn(4), num_classes=3)
    assert network.classifier.out_features == 3
    assert network.train()(images()).shape == (8, 3)
