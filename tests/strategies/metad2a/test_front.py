"""The front of predicted accuracy and cost: what the predictors say it is, within the bounds, by rising cost."""

import numpy as np
import pytest

from nas_plugins.spaces import MobileNetV3, NASBench201, NetworkCost
from nas_plugins.spaces.errors import InvalidArgument
from nas_plugins.strategies import MetaD2A
from nas_plugins.strategies.metad2a.metad2a import WEIGHTS
from nas_plugins.strategies.metad2a.model import MetaD2AModel
from nas_plugins.strategies.objective import Objective

SPACE = NASBench201()

pytestmark = pytest.mark.filterwarnings("ignore:MetaD2A was given no images")


def test_a_space_that_is_listed_is_ranked_whole():
    """No cell within the bound is predicted better at the same or lower cost; the bound is on another cost."""
    front = MetaD2A(SPACE, None, max_params=0.3e6, seed=0).front()
    macs, ranks = zip(*((cost, rank) for rank, cost in front.values), strict=True)
    cells = [cell for cell in SPACE if SPACE.cost(cell, 10).parameters <= 0.3e6]
    model = MetaD2AModel.load(WEIGHTS / "nasbench201.safetensors", SPACE)
    measure = NetworkCost(SPACE)

    assert front.objectives == (Objective("predicted_accuracy"), Objective("multiply_adds", "min"))
    assert set(front.architectures) <= set(cells)
    assert np.all(np.diff(macs) > 0)
    assert np.all(np.diff(ranks) > 0)
    for cell, rank in zip(cells, model.ranks(None, cells), strict=True):
        assert ranks[np.searchsorted(macs, measure(cell), side="right") - 1] >= rank - 1e-3


def test_in_a_large_space_the_search_keeps_to_the_bounds():
    """Two bounds, one of them on parameters: the front reaches the one on multiply-adds, and nothing is beyond any."""
    space = MobileNetV3()
    strategy = MetaD2A(space, None, max_macs=250e6, max_params=4e6, seed=0)
    front = strategy.front(points=2)
    costs = [strategy.cost(subnet) for subnet in front.architectures]

    assert len(front) > 5
    assert max(cost.parameters for cost in costs) <= 4e6
    assert 200e6 < max(cost.multiply_adds for cost in costs) <= 250e6
    assert [cost for _, cost in front.values] == [cost.multiply_adds for cost in costs]


def test_impossible_bounds_are_refused():
    with pytest.raises(InvalidArgument, match="raise the bound"):
        MetaD2A(SPACE, None, max_macs=1, seed=0).front()
