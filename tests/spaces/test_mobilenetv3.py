"""The MobileNetV3 space: its size, uniform draws, published costs, and texts that say nothing of absent layers."""

from collections import Counter

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import chisquare

from nas_plugins.spaces import Graph, MobileNetV3, SearchSpace
from nas_plugins.spaces.cost import count_parameters
from nas_plugins.spaces.errors import InvalidArchitecture, InvalidArgument
from nas_plugins.spaces.mobilenetv3 import Subnet
from nas_plugins.spaces.mobilenetv3.contrasts import draw_contrast
from nas_plugins.spaces.mobilenetv3.network import SubnetNetwork
from nas_plugins.spaces.mobilenetv3.skeleton import divisible, skeleton
from nas_plugins.spaces.mobilenetv3.subnet import LARGEST, SMALLEST

SPACE = MobileNetV3()
seeds = st.integers(0, 2**32 - 1)


def drawn(seed):
    return SPACE.sample(np.random.default_rng(seed))


def test_the_number_of_networks():
    """More than 10^19, as Cai et al. say in their abstract: (9^2 + 9^3 + 9^4)^5."""
    assert SPACE.COUNT == 7371**5 == 21_758_655_492_572_485_851


@pytest.mark.parametrize(
    ("subnet", "side", "multiply_adds", "parameters"),
    [
        (SMALLEST, 224, 121.3, 3.41),
        (LARGEST, 224, 566.2, 7.66),
        (SMALLEST, 160, 63.2, 3.41),
        (LARGEST, 160, 291.3, 7.66),
    ],
)
def test_costs_span_the_range_of_the_official_supernet(subnet, side, multiply_adds, parameters):
    """Width 1 with 1,000 classes, in millions, as counted over the authors' own modules."""
    cost = SPACE.cost(subnet, 1000, image_shape=(3, side, side))

    assert cost.multiply_adds / 1e6 == pytest.approx(multiply_adds, abs=0.05)
    assert cost.parameters / 1e6 == pytest.approx(parameters, abs=0.005)


# The subnets of width 1.2 that Once-for-All publishes by their multiply-adds, as their configurations have them.
@pytest.mark.parametrize(
    ("text", "side", "millions"),
    [
        ("k3e3,k3e3|k5e3,k5e6,k3e3|k5e4,k5e4,k3e3|k5e6,k5e4,k3e4,k3e4|k3e6,k3e6,k7e6,k3e3", 224, 389),
        ("k5e3,k3e3,k3e3|k5e4,k3e4,k5e4,k3e3|k5e4,k5e6,k3e3,k3e3|k5e6,k7e6,k3e6,k5e4|k7e6,k3e6,k3e6,k3e3", 224, 482),
        ("k3e3,k5e4,k3e3|k5e4,k5e4,k3e6,k5e3|k7e6,k5e6,k3e3,k5e4|k3e6,k5e6,k7e6,k3e4|k3e6,k3e6,k5e6,k3e3", 236, 595),
    ],
)
def test_costs_of_published_subnets(text, side, millions):
    """flops-389M, flops-482M and flops-595M have the multiply-adds that their names say."""
    cost = SPACE.cost(SPACE.parse(text), 1000, image_shape=(3, side, side), width=1.2)

    assert cost.multiply_adds // 10**6 == millions


@settings(max_examples=6, deadline=None)
@given(
    seed=seeds,
    classes=st.integers(2, 50),
    width=st.sampled_from([0.25, 0.5, 1.0, 1.2]),
    size=st.tuples(st.integers(1, 70), st.integers(1, 70)),
)
def test_the_formula_agrees_with_counting_over_the_network(seed, classes, width, size):
    """Any subnet, width and size, odd ones included, which strides round up."""
    scale = {"image_shape": (3, *size), "width": width}
    subnet = drawn(seed)

    assert SPACE.cost(subnet, classes, **scale) == SearchSpace.cost(SPACE, subnet, classes, **scale)


def test_channels_and_cells_of_trials_are_understood():
    """C is 16 times the width, N must be 1; both forms at once are refused, by network and cost alike."""
    assert SPACE.cost(SMALLEST, 10, C=8, N=1) == SPACE.cost(SMALLEST, 10, width=0.5, dropout=0.2)
    assert count_parameters(SPACE.network(SMALLEST, 10, C=8, N=1)) == SPACE.cost(SMALLEST, 10, C=8).parameters
    for bad in ({"N": 2}, {"C": 16, "width": 1.0}, {"width": 0.0}, {"width": "wide"}):
        with pytest.raises(InvalidArgument):
            SPACE.cost(SMALLEST, 10, **bad)
        with pytest.raises(InvalidArgument):
            SPACE.network(SMALLEST, 10, **bad)


def test_a_network_starts_with_blocks_that_pass_on_their_input():
    """All but the first of a unit: so a deep network starts as the shallow one within it."""
    network = SPACE.network(LARGEST, 10, C=4).eval()
    blocks = list(network.blocks)
    passing = [block for block in blocks if block.shortcut]
    assert len(passing) == 1 + 5 * 3
    for block in passing:
        x = torch.randn(1, block.point_linear.conv.out_channels, 4, 4)
        torch.testing.assert_close(block(x), x, rtol=0, atol=0)
    closed = [block for block in blocks if not block.point_linear.bn.weight.any()]
    assert closed == passing


def test_channels_are_multiples_of_eight():
    """Rounded to the nearest, at least eight, never below nine tenths; widths 1 and 1.2 are the published ones."""
    assert [divisible(channels) for channels in (1, 8, 11, 12, 19.2, 28.8, 960 * 1.2)] == [8, 8, 16, 16, 24, 32, 1152]
    assert [unit.channels for unit in skeleton(1.2).units] == [32, 48, 96, 136, 192]
    assert (skeleton(1.2).stem, skeleton(1.2).expanded, skeleton(1.2).features) == (24, 1152, 1536)


def test_sampling_is_uniform_over_networks():
    """Depths come as often as there are units of them, and layers evenly.

    Two chi-squared tests at a fixed seed; either fails by chance once in 1,000 seeds.
    """
    rng = np.random.default_rng(2020)
    units = [unit for _ in range(4000) for unit in SPACE.sample(rng).units]
    depths = Counter(len(unit) for unit in units)
    layers = Counter(layer for unit in units for layer in unit)

    expected = np.array([9.0**depth for depth in (2, 3, 4)])
    assert chisquare([depths[d] for d in (2, 3, 4)], expected / expected.sum() * len(units)).pvalue > 0.001
    assert len(layers) == 9
    assert chisquare(list(layers.values())).pvalue > 0.001


@given(seed=seeds, other=seeds)
def test_absent_layers_say_nothing(seed, other):
    """Choices that differ in layers which the depth leaves out alone name one network, with one text."""
    chosen, noise = SPACE.to_choices(drawn(seed)), SPACE.to_choices(drawn(other))
    for unit in range(1, 6):
        for layer in range(int(chosen[f"unit{unit}_depth"]) + 1, 5):
            for setting in ("kernel", "expansion"):
                name = f"unit{unit}_layer{layer}_{setting}"
                chosen[name] = noise[name]

    assert str(SPACE.from_choices(chosen)) == str(drawn(seed))


@given(seed=seeds)
def test_official_settings_are_read(seed):
    """Once-for-All's lists ks, e and d, whatever they hold for absent layers, are the subnet."""
    subnet = drawn(seed)
    padded = [layer for unit in subnet.units for layer in (*unit, *[(7, 6)] * (4 - len(unit)))]
    kernels, expansions = zip(*padded, strict=True)

    assert Subnet.from_settings(kernels, expansions, subnet.depths) == subnet


@pytest.mark.parametrize(
    "settings_of",
    [([3] * 20, [3] * 20, [2] * 4), ([3] * 20, [3] * 20, [1] * 5), ([4] * 20, [3] * 20, [2] * 5)],
    ids=["too few depths", "depth 1", "kernel 4"],
)
def test_settings_that_are_not_on_offer_are_refused(settings_of):
    with pytest.raises(InvalidArchitecture):
        Subnet.from_settings(*settings_of)


@pytest.mark.parametrize("units", [((),) * 5, (((3, 3),) * 2,) * 4, (((3, 5),) * 2,) * 5, (((3.0, 3),) * 2,) * 5, 3])
def test_bad_units_are_refused(units):
    with pytest.raises(InvalidArchitecture):
        Subnet(units)


def test_neighbours_are_all_single_edits():
    """The smallest network has 4 other settings per layer and 9 added layers per unit; the largest 4, and one less."""
    assert len(list(SPACE.neighbors(SMALLEST))) == 10 * 4 + 5 * 9
    assert len(list(SPACE.neighbors(LARGEST))) == 20 * 4 + 5


def test_graphs_out_of_order_are_refused():
    """A unit before its turn, a unit of one layer, a branch."""
    graph = SPACE.to_graph(SMALLEST)
    labels = list(graph.operations)
    swapped = (labels[0], labels[3], labels[1], labels[2], *labels[4:])
    short = (*labels[:2], *labels[3:])

    for bad in (
        Graph(swapped, graph.edges),
        Graph(short, graph.edges[:-1]),
        Graph(graph.operations, (*graph.edges, (0, 2))),
    ):
        with pytest.raises(InvalidArchitecture):
            SPACE.from_graph(bad)


def test_any_image_size_will_do_and_shortcuts_are_within_units():
    """32 pixels and 224; three shortcuts in a unit of four layers, whose first changes channels, one in the first."""
    network = SubnetNetwork(LARGEST, 10, width=0.25).eval()

    for side in (1, 32, 224):
        assert network(torch.zeros(1, 3, side, side)).shape == (1, 10)
    # At a quarter of the width, units 1 to 4 have 8, 16, 24 and 32 channels and the stem has 8.
    assert [block.shortcut for block in network.blocks] == [True, *[False, True, True, True] * 5]


@pytest.mark.parametrize(
    "bad", [{"num_classes": 1}, {"num_classes": 3, "dropout": 1.0}, {"num_classes": 3, "in_channels": 0}]
)
def test_bad_sizes_of_a_network_are_refused(bad):
    with pytest.raises(InvalidArgument):
        SubnetNetwork(SMALLEST, **bad)


def test_contrasts_vary_the_means_of_units():
    """Layers of a unit are alike, all settings occur evenly, and unit means spread wider than in uniform draws.

    A setting is drawn in a third of 3,000 units: a share off by 0.06 is seven standard errors away.
    """
    rng = np.random.default_rng(0)
    drawn = [draw_contrast(rng) for _ in range(600)]
    units = [unit for subnet in drawn for unit in subnet.units]
    assert all(len(set(unit)) == 1 for unit in units)
    for values in (
        [len(unit) for unit in units],
        [unit[0][0] for unit in units],
        [unit[0][1] for unit in units],
    ):
        assert np.unique(values, return_counts=True)[1] / len(units) == pytest.approx([1 / 3] * 3, abs=0.06)

    uniform = [MobileNetV3().sample(rng) for _ in range(600)]

    def unit_means(subnets):
        return np.array([[np.mean(unit, axis=0) for unit in subnet.units] for subnet in subnets])

    spread = [unit_means(subnets).std(0) for subnets in (drawn, uniform)]
    assert (spread[0] > 1.5 * spread[1]).all()
