"""Bounds on costs and every strategy: nothing outside is ever asked for."""

import json
import math

import pytest

from nas_plugins.spaces import CostBound, ListedSpace, MobileNetV3, NASBench201, NetworkCost, SearchSpace, constrain
from nas_plugins.spaces.errors import InvalidArchitecture, InvalidState, SearchExhausted
from nas_plugins.spaces.mobilenetv3.subnet import SMALLEST
from nas_plugins.strategies import STRATEGIES, get_strategy

CELLS = NASBench201()
SUBNETS = MobileNetV3()
SMALL_CELLS = constrain(CELLS, [CostBound(NetworkCost(CELLS), 40e6)])
SMALL_SUBNETS = constrain(SUBNETS, [CostBound(NetworkCost(SUBNETS), 140e6)])
# Searches of spaces that no latent space or weights of MetaD2A may ship for.
GENERAL = ("random", "local_search", "regularized_evolution", "bayesian", "reinforce_discrete", "random+bayesian")

pytestmark = pytest.mark.filterwarnings("ignore:MetaD2A was given no images")


def asked(name: str, space: SearchSpace, trials: int) -> list:
    """Proposals of a search whose scores favour expensive networks, one in ten failing."""
    strategy = get_strategy(name, space, seed=3)
    proposals = []
    for trial in range(trials):
        proposals.append(strategy.ask())
        cost = space.cost(proposals[-1], 10).multiply_adds
        strategy.tell(proposals[-1], math.nan if trial % 10 == 9 else float(cost))
    return proposals


@pytest.mark.parametrize("name", [*STRATEGIES, "metad2a+local_search"])
def test_every_strategy_keeps_to_bounds_on_cells(name):
    """Forty trials that reward cost: every cell is within 40 M multiply-adds, and most of them are used."""
    proposals = asked(name, SMALL_CELLS, 25 if name == "dngo" else 40 if "metad2a" not in name else 30)
    costs = [CELLS.cost(cell, 10).multiply_adds for cell in proposals]

    assert max(costs) <= 40e6
    assert len(set(proposals)) == len(proposals)
    assert all(SMALL_CELLS.contains(cell) for cell in proposals)


@pytest.mark.parametrize("name", GENERAL)
def test_every_strategy_keeps_to_bounds_on_subnets(name):
    """140 M multiply-adds, which one in 10^12 subnets is within."""
    proposals = asked(name, SMALL_SUBNETS, 35 if name == "regularized_evolution" else 16)

    assert max(SUBNETS.cost(subnet, 10).multiply_adds for subnet in proposals) <= 140e6
    assert len(set(proposals)) == len(proposals)


def test_a_search_within_bounds_restores_and_refuses_what_is_outside():
    """The state of a bounded search goes on as it would have; an earlier one with cells outside is refused."""
    strategy, free = get_strategy("bayesian", SMALL_CELLS, seed=0), get_strategy("random", CELLS, seed=0)
    for _ in range(12):
        strategy.tell(strategy.ask(), float(len(strategy.state_dict()["observations"]["scores"])))
        free.ask()
    resumed = get_strategy("bayesian", SMALL_CELLS, seed=None)
    resumed.load_state_dict(json.loads(json.dumps(strategy.state_dict())))

    assert [resumed.ask() for _ in range(3)] == [strategy.ask() for _ in range(3)]
    earlier = {key: value for key, value in free.state_dict().items() if key != "bounds"}
    with pytest.raises(InvalidArchitecture, match="at most 40,000,000 multiply-adds"):
        get_strategy("random", SMALL_CELLS, seed=0).load_state_dict(earlier)


@pytest.mark.parametrize("name", ["random", "local_search", "regularized_evolution", "bayesian", "reinforce_discrete"])
def test_a_space_of_one_is_exhausted(name):
    """With the smallest subnet alone within the bound, it is asked for and nothing after it."""
    only = constrain(SUBNETS, [CostBound(NetworkCost(SUBNETS, num_classes=1000), 121_279_672)])
    strategy = get_strategy(name, only, seed=0)
    first = strategy.ask()
    strategy.tell(first, 1.0)

    assert first == SMALLEST
    with pytest.raises(SearchExhausted):
        strategy.ask()


BOUNDS = {
    "none": CELLS,
    "40 M": SMALL_CELLS,
    "39 M": constrain(CELLS, [CostBound(NetworkCost(CELLS), 39e6)]),
    "40 M at 100 classes": constrain(CELLS, [CostBound(NetworkCost(CELLS, num_classes=100), 40e6)]),
    "both": constrain(SMALL_CELLS, [CostBound(NetworkCost(CELLS, "parameters"), 0.3e6)]),
}


@pytest.mark.parametrize("name", [*STRATEGIES, "metad2a+local_search"])
def test_a_state_says_its_bounds_and_is_refused_within_others(name):
    """Saved within 40 M multiply-adds, nothing asked yet: without bounds, within others or at another size refused."""
    state = json.loads(json.dumps(get_strategy(name, SMALL_CELLS, seed=0).state_dict()))
    again = constrain(NASBench201(), [CostBound(NetworkCost(NASBench201()), 40_000_000)])
    get_strategy(name, again, seed=1).load_state_dict(state)
    for words, space in BOUNDS.items():
        if space is not SMALL_CELLS:
            with pytest.raises(InvalidState, match="multiply_adds of at most 40,000,000"):
                get_strategy(name, space, seed=0).load_state_dict(state)
            unlike = get_strategy(name, space, seed=0).state_dict()
            with pytest.raises(InvalidState, match="without bounds" if words == "none" else "within"):
                get_strategy(name, SMALL_CELLS, seed=0).load_state_dict(unlike)


@pytest.mark.parametrize("name", ["random", "local_search", "bayesian"])
def test_a_state_says_its_list_and_is_refused_with_another(name):
    """Saved over 200 cells: over the same list it goes on, over others, in another order or over all it is refused."""
    listed = [CELLS[index] for index in range(0, 4000, 20)]
    strategy = get_strategy(name, ListedSpace(CELLS, listed), seed=0)
    state = json.loads(json.dumps(strategy.state_dict()))
    resumed = get_strategy(name, ListedSpace(NASBench201(), listed), seed=1)
    resumed.load_state_dict(state)

    assert [resumed.ask() for _ in range(3)] == [strategy.ask() for _ in range(3)]
    for space in (CELLS, ListedSpace(CELLS, listed[1:]), ListedSpace(CELLS, listed[::-1])):
        with pytest.raises(InvalidState, match="a list of 200 architectures"):
            get_strategy(name, space, seed=0).load_state_dict(state)


@pytest.mark.parametrize("name", ["random", "bayesian", "metad2a"])
def test_states_of_before_bounds_were_saved_load_within_any(name):
    """Without the entry, what was proposed decides, as it did."""
    strategy = get_strategy(name, SMALL_CELLS, seed=0)
    state = {key: value for key, value in strategy.state_dict().items() if key != "bounds"}
    resumed = get_strategy(name, SMALL_CELLS, seed=1)
    resumed.load_state_dict(state)

    assert [resumed.ask() for _ in range(3)] == [strategy.ask() for _ in range(3)]


def test_the_order_of_bounds_is_no_difference():
    """Two bounds, given in either order or one after the other, are the same bounds."""
    macs, parameters = CostBound(NetworkCost(CELLS), 60e6), CostBound(NetworkCost(CELLS, "parameters"), 0.5e6)
    state = get_strategy("random", constrain(CELLS, [macs, parameters]), seed=0).state_dict()
    for space in (constrain(CELLS, [parameters, macs]), constrain(constrain(CELLS, [parameters]), [macs])):
        get_strategy("random", space, seed=0).load_state_dict(state)
