"""Spaces within bounds: exactly what the bounds allow, drawn uniformly, and one clear error where that is nothing."""

import pickle
from collections import Counter
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import chisquare

from nas_plugins.spaces import DARTS, CostBound, MobileNetV3, NASBench201, NetworkCost, constrain
from nas_plugins.spaces.cost_measure import CostMeasure
from nas_plugins.spaces.errors import InvalidArchitecture, InvalidArgument
from nas_plugins.spaces.mobilenetv3.bounded_sampler import BoundedSampler
from nas_plugins.spaces.mobilenetv3.subnet import LARGEST, LAYERS, SMALLEST, UNITS, Subnet

CELLS, SUBNETS = NASBench201(), MobileNetV3()
MACS, PARAMETERS = NetworkCost(SUBNETS, num_classes=1000), NetworkCost(SUBNETS, "parameters", num_classes=1000)


class Layers(CostMeasure[Subnet]):
    """A sum of made-up costs of layers, cheap where a layer is small or, turned round, where it is large."""

    name, unit, additive = "latency", "ms", True

    def __init__(self, seed: int, *, larger_is_cheaper: bool = False) -> None:
        rng = np.random.default_rng(seed)
        turned = -1 if larger_is_cheaper else 1
        self.seed, self.turned = seed, turned
        self.costs = {
            (unit, first, layer): round(1 + turned * 0.01 * layer[0] * layer[1] + 0.1 * rng.random(), 6)
            for unit in range(UNITS)
            for first in (True, False)
            for layer in LAYERS
        }

    def __call__(self, architecture: Subnet) -> float:
        total = 0.3
        for unit, layers in enumerate(architecture.units):
            for place, layer in enumerate(layers):
                total += self.costs[unit, place == 0, layer]
        return total

    def key(self) -> tuple[int, int]:
        return self.seed, self.turned

    @property
    def cheapest(self) -> Subnet:
        """Two layers a unit, the cheapest of each."""
        return Subnet(
            tuple(
                tuple(min(LAYERS, key=lambda layer: self.costs[unit, first, layer]) for first in (True, False))
                for unit in range(UNITS)
            )
        )


@settings(max_examples=10, deadline=None)
@given(macs=st.floats(7.8e6, 250e6), parameters=st.floats(0.08e6, 1.6e6))
def test_members_are_what_the_bounds_allow(macs, parameters):
    """Any two bounds: the members are the cells within both, in the order of the whole."""
    bounds = [CostBound(NetworkCost(CELLS), macs), CostBound(NetworkCost(CELLS, "parameters"), parameters)]
    costs = [(CELLS.cost(cell, 10), cell) for cell in CELLS]
    expected = [cell for cost, cell in costs if cost.multiply_adds <= macs and cost.parameters <= parameters]

    assert list(constrain(CELLS, bounds)) == expected
    assert constrain(CELLS, bounds) == constrain(constrain(CELLS, bounds[:1]), bounds[1:])


def test_no_bounds_change_nothing():
    """Without bounds a space is itself; with bounds it equals its copy, and no other."""
    small, smaller = (constrain(CELLS, [CostBound(NetworkCost(CELLS), bound)]) for bound in (50e6, 40e6))

    assert constrain(CELLS, []) is CELLS
    assert pickle.loads(pickle.dumps(small)) == small
    assert hash(pickle.loads(pickle.dumps(small))) == hash(small)
    assert small not in (smaller, CELLS)
    assert "at most 50,000,000 multiply-adds" in repr(small)


def test_what_costs_too_much_is_refused_with_its_cost():
    """Text, graph and choices of an expensive architecture: the message says what it costs and what may be."""
    small = constrain(SUBNETS, [CostBound(MACS, 300e6)])

    for read, view in (
        (small.parse, str(LARGEST)),
        (small.from_graph, SUBNETS.to_graph(LARGEST)),
        (small.from_choices, SUBNETS.to_choices(LARGEST)),
    ):
        with pytest.raises(InvalidArchitecture, match="at most 300,000,000 multiply-adds, got 566,"):
            read(view)
    assert not small.contains(LARGEST)
    assert small.contains(SMALLEST)


@pytest.mark.parametrize(
    ("space", "bound", "smallest"),
    [
        (CELLS, CostBound(NetworkCost(CELLS), 7e6), "7,783,050"),
        (CELLS, CostBound(NetworkCost(CELLS, "parameters"), 1e4), "73,306"),
        (SUBNETS, CostBound(MACS, 121e6), "121,279,672"),
        (SUBNETS, CostBound(PARAMETERS, 3e6), "3,4"),
    ],
    ids=str,
)
def test_impossible_bounds_name_the_smallest_cost(space, bound, smallest):
    with pytest.raises(InvalidArgument, match=f"the smallest of {space.name} has {smallest}"):
        constrain(space, [bound])


def test_impossible_bounds_on_a_space_that_is_only_drawn_from(monkeypatch):
    """DARTS has neither a list nor a count of costs: draws end in an error that names what edits lead to."""
    monkeypatch.setattr("nas_plugins.spaces.constrained_space._DRAWS", 200)
    space = constrain(DARTS(), [CostBound(NetworkCost(DARTS(), "parameters", C=4, N=3), 10.0)])

    with pytest.raises(
        InvalidArgument, match=r"200 draws of darts cost more; .* ended at [\d,]+ parameters, though there may be less"
    ):
        space.sample(np.random.default_rng(0))


@pytest.mark.parametrize("bad", [0.0, -1.0, float("nan"), float("inf")])
def test_bounds_are_numbers_above_0(bad):
    with pytest.raises(InvalidArgument, match="above 0"):
        CostBound(MACS, bad)


@pytest.mark.parametrize("few", [0, 5000], ids=["counted", "gone through"])
def test_draws_of_subnets_are_uniform_where_they_can_be_listed(monkeypatch, few):
    """A bound that few enough subnets meet to list them: all come, and equally often (chi-squared).

    So it is whether the sampler draws by its counts, as where there are many, or goes through them once.
    False-alarm rate 1 in 1,000; the seed is fixed. The list is made without the sampler, by trying every change of the
    smallest subnet that is itself within the bound, unit by unit.
    """
    monkeypatch.setattr("nas_plugins.spaces.mobilenetv3.bounded_sampler._FEW", few)
    maximum = 123.5e6
    partial = {SMALLEST}
    for unit in range(5):
        changed = {
            Subnet((*subnet.units[:unit], layers, *subnet.units[unit + 1 :]))
            for depth in (2, 3)
            for layers in product(LAYERS, repeat=depth)
            for subnet in partial
        }
        partial = {subnet for subnet in changed if MACS(subnet) <= maximum}
    space = constrain(SUBNETS, [CostBound(MACS, maximum)])
    rng = np.random.default_rng(0)
    drawn = Counter(space.sample(rng) for _ in range(20 * len(partial)))

    assert 50 < len(partial) < 1000
    assert drawn.keys() == partial
    assert chisquare(list(drawn.values())).pvalue > 0.001


def test_draws_of_subnets_agree_with_rejection():
    """420 M multiply-adds, which about half of all subnets meet: depths come as often as by drawing until one does.

    Chi-squared over the 15 depths of the units, false-alarm rate 1 in 1,000 by the union bound; the seed is fixed.
    """
    space, rng = constrain(SUBNETS, [CostBound(MACS, 420e6)]), np.random.default_rng(1)
    exact = [space.sample(rng) for _ in range(2000)]
    rejected: list[Subnet] = []
    while len(rejected) < 2000:
        subnet = SUBNETS.sample(rng)
        if MACS(subnet) <= 420e6:
            rejected.append(subnet)
    for unit in range(5):
        counts = [Counter(subnet.depths[unit] for subnet in sample) for sample in (exact, rejected)]
        table = np.array([[count[depth] for depth in (3, 4)] for count in counts], dtype=float)
        expected = table.sum(0) / 2
        assert chisquare(table.ravel(), np.tile(expected, 2), ddof=1).pvalue > 0.001 / 5


@pytest.mark.parametrize("maximum", [121_279_672, 122e6, 150e6, 300e6, 500e6])
def test_draws_of_subnets_are_seldom_in_vain(maximum):
    """However tight the bound, nine of ten draws of the sampler are within it, and all that the space gives are."""
    bound = CostBound(MACS, maximum)
    sampler, rng = BoundedSampler([bound]), np.random.default_rng(0)
    space = constrain(SUBNETS, [bound])

    assert np.mean([bound.allows(sampler(rng)) for _ in range(200)]) > 0.9
    assert all(MACS(space.sample(rng)) <= maximum for _ in range(20))


def test_two_bounds_on_subnets_hold_together():
    """Each of the two binds where the other leaves room."""
    space = constrain(SUBNETS, [CostBound(MACS, 250e6), CostBound(PARAMETERS, 4.2e6)])
    rng = np.random.default_rng(0)
    drawn = [space.sample(rng) for _ in range(100)]

    assert max(map(MACS, drawn)) <= 250e6
    assert max(map(PARAMETERS, drawn)) <= 4.2e6
    assert len(set(drawn)) == 100


@pytest.mark.parametrize("seed", range(8))
def test_a_bound_of_exactly_the_cheapest_is_allowed(seed):
    """Costs that no float holds exactly: the cheapest network is drawn at its own cost, and a hair below it nothing is.

    Sums of the same layers in another order differ in the last digits.
    """
    measure = Layers(seed)
    least = measure(measure.cheapest)
    space = constrain(SUBNETS, [CostBound(measure, least)])

    assert {space.sample(np.random.default_rng(draw)) for draw in range(5)} == {measure.cheapest}
    with pytest.raises(InvalidArgument, match="the smallest of mobilenetv3 has"):
        constrain(SUBNETS, [CostBound(measure, float(np.nextafter(least, 0)))])


def test_bounds_that_nothing_meets_together_are_refused_at_once():
    """Small networks are slow and large ones cost much: an error says so before anything is drawn."""
    slow = Layers(0, larger_is_cheaper=True)
    bounds = [CostBound(slow, slow(slow.cheapest) + 0.1), CostBound(MACS, 130e6)]

    with pytest.raises(InvalidArgument, match="none of mobilenetv3 is within these together, though alone"):
        constrain(SUBNETS, bounds)


def test_bounds_that_rounding_alone_lets_some_meet_are_refused_at_once(monkeypatch):
    """A bound between costs that there are, and another that a few networks meet: each is looked at once, none drawn.

    The only network within the first has one multiply-add more than the second allows, which rounding to bins passes.
    """
    cheapest = Layers(1).cheapest
    least = MACS(cheapest)
    bounds = [CostBound(Layers(1), Layers(1)(cheapest) * (1 + 1e-9)), CostBound(MACS, least - 1)]
    monkeypatch.setattr("nas_plugins.spaces.constrained_space._DRAWS", 0)

    assert Layers(1)(cheapest) < bounds[0].maximum < 1.001 * Layers(1)(cheapest)
    with pytest.raises(InvalidArgument, match="none of mobilenetv3 is within these together"):
        constrain(SUBNETS, bounds)


def test_two_bounds_that_few_meet_waste_no_draw():
    """Where few networks are within both, the sampler knows how many, draws each of them and nothing else."""
    measure = Layers(1)
    bounds = [CostBound(measure, measure(measure.cheapest) * 1.001), CostBound(MACS, MACS(measure.cheapest))]
    sampler, rng = BoundedSampler(bounds), np.random.default_rng(0)
    drawn = {sampler(rng) for _ in range(200)}

    assert 0 < sampler.count < 100
    assert len(drawn) == sampler.count
    assert measure.cheapest in drawn
    assert all(bound.allows(subnet) for bound in bounds for subnet in drawn)
