"""The finite part of MobileNetV3: a draw without repeats, half of it of all sizes, and its look-ups."""

import pickle
from collections import Counter

import numpy as np
import pytest
from scipy.stats import chisquare

from nas_plugins.spaces import CostBound, MobileNetV3, NetworkCost, constrain
from nas_plugins.spaces.errors import InvalidArchitecture, InvalidArgument
from nas_plugins.spaces.graph import stack
from nas_plugins.spaces.mobilenetv3 import SubnetSample
from nas_plugins.spaces.mobilenetv3.subnet import LARGEST, LAYERS, SMALLEST
from nas_plugins.spaces.mobilenetv3.unit_table import UNIT_NUMBERS, UNIT_OPTIONS, first_of_depth, layer_table

PART = SubnetSample(2000, seed=5)


def test_every_unit_has_a_number():
    """7,371 units, shallow ones first, each with its layers in the table and its number."""
    table, starts = layer_table(), first_of_depth()

    assert len(UNIT_OPTIONS) == len(UNIT_NUMBERS) == len(table) == starts[-1] == 7371
    for number in (0, 80, 81, 809, 810, 7370, *np.random.default_rng(0).integers(7371, size=50).tolist()):
        unit = UNIT_OPTIONS[number]
        assert UNIT_NUMBERS[unit] == number
        assert tuple(LAYERS[layer] for layer in table[number] if layer >= 0) == unit
        assert starts[len(unit) - 2] <= number < starts[len(unit) - 1]


def test_networks_are_different():
    assert len(set(PART)) == len(PART) == 2000


def test_every_other_network_is_drawn_uniformly():
    """Depths come as often as there are units of them, and layers evenly.

    Two chi-squared tests at a fixed seed; each fails by chance once in 1,000 seeds.
    """
    units = [unit for network in list(PART)[::2] for unit in network.units]
    depths = Counter(map(len, units))
    layers = Counter(layer for unit in units for layer in unit)
    expected = np.array([9.0**depth for depth in (2, 3, 4)])

    assert chisquare([depths[depth] for depth in (2, 3, 4)], expected / expected.sum() * len(units)).pvalue > 0.001
    assert chisquare([layers[layer] for layer in LAYERS]).pvalue > 0.001


def test_the_rest_is_of_all_sizes():
    """From near the smallest network to near the largest, and as many settings lean one way as the other.

    Each bin of 75 million multiply-adds holds a twentieth of them or more. As many lean to small depths as to large
    ones: a fair coin by symmetry, refused in one seed of 1,000.
    """
    networks = list(PART)[1::2]
    costs = [PART.cost(network, 1000).multiply_adds / 1e6 for network in networks]
    counts, _ = np.histogram(costs, np.arange(120, 571, 75))
    assert counts.sum() == len(networks)
    assert min(counts) >= len(networks) / 20

    depths = Counter(depth for network in networks for depth in network.depths)
    leans = sum(np.sign(sum(network.depths) - 15) for network in networks)
    assert abs(depths[2] - depths[4]) < 0.1 * sum(depths.values())
    assert abs(leans) < 3.3 * len(networks) ** 0.5


def test_a_network_that_was_not_drawn_is_of_the_space_but_not_of_the_part():
    """Its graph and text are read, its index is refused; it may share four units with one that was drawn."""
    near = next(other for other in MobileNetV3().neighbors(PART[7]) if other.units[:4] == PART[7].units[:4])
    for network in (SMALLEST, LARGEST, near):
        assert PART.from_graph(PART.to_graph(network)) == PART.parse(str(network)) == network
        assert not PART.contains(network)
        with pytest.raises(InvalidArchitecture, match="seed=5"):
            PART.index(network)


def test_networks_that_share_four_units_are_told_apart(monkeypatch):
    """The number of a network takes more than 64 bits: the fifth unit is looked up by itself."""
    numbers = np.zeros((300, 5), dtype=np.int16)
    numbers[:, 4] = np.random.default_rng(0).permutation(7371)[:300]
    numbers[100:, 3] = 7370
    monkeypatch.setattr("nas_plugins.spaces.mobilenetv3.subnet_sample._draw", lambda size, seed: numbers)
    part = SubnetSample(300)

    assert [part.index(network) for network in part] == list(range(300))


def test_arrays_are_the_graphs():
    """Computed at once, equal to the graph views stacked one by one."""
    operations, adjacency = PART.graph_arrays()
    expected = stack(map(PART.to_graph, PART), PART.operations, nodes=22)

    assert np.array_equal(operations, expected[0])
    assert np.array_equal(adjacency, expected[1])


def test_the_same_settings_are_the_same_part():
    """Equal, and equal when pickled or drawn from the space by its settings; another seed is another part."""
    again = MobileNetV3().finite(**PART.settings)

    assert again == PART == pickle.loads(pickle.dumps(PART)) == PART.finite()
    assert hash(again) == hash(PART)
    assert list(again) == list(PART)
    assert SubnetSample(2000, seed=6) != PART
    assert SubnetSample(2000, seed=6)[0] != PART[0]


@pytest.mark.parametrize("settings", [{"size": 0}, {"size": 10**8}, {"size": 10, "seed": -1}])
def test_a_draw_that_is_not_possible_is_refused(settings):
    with pytest.raises(InvalidArgument, match="wanted"):
        SubnetSample(**settings)


def test_small_networks_are_there_for_tight_bounds():
    """Below 150 million multiply-adds there are dozens of 2,000, where uniform draws would have none."""
    within = constrain(PART, [CostBound(NetworkCost(PART), 150e6)])
    uniform = [PART[index] for index in range(0, len(PART), 2)]

    assert len(within) > 80
    assert all(PART.cost(network, 10).multiply_adds <= 150e6 for network in within)
    assert not any(within.contains(network) for network in uniform)
    assert not list(within.neighbors(within[0]))  # those of the space that were drawn: there are none
