"""The finite part of MobileNetV3: a draw without repeats, half of it evenly over sizes, and its look-ups."""

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


def test_half_is_uniform_and_half_is_even():
    """Depths come as in the space in every other network, and evenly in the rest, as layers do in both.

    Four chi-squared tests at a fixed seed; each fails by chance once in 1,000 seeds.
    """
    networks = list(PART)
    weights = {0: np.array([9.0**2, 9.0**3, 9.0**4]), 1: np.ones(3)}
    for half, weight in weights.items():
        units = [unit for network in networks[half::2] for unit in network.units]
        depths = Counter(map(len, units))
        layers = Counter(layer for unit in units for layer in unit)
        expected = weight / weight.sum() * len(units)
        assert chisquare([depths[depth] for depth in (2, 3, 4)], expected).pvalue > 0.001
        assert chisquare([layers[layer] for layer in LAYERS]).pvalue > 0.001


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
    """Below 220 million multiply-adds there are dozens of 2,000, where uniform draws would have none."""
    within = constrain(PART, [CostBound(NetworkCost(PART), 220e6)])
    uniform = [PART[index] for index in range(0, len(PART), 2)]

    assert len(within) > 50
    assert all(PART.cost(network, 10).multiply_adds <= 220e6 for network in within)
    assert not any(within.contains(network) for network in uniform)
