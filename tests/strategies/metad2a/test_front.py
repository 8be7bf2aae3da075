"""The front of predicted accuracy and cost: what the predictors say it is, within the bounds, by rising cost."""

import numpy as np
import pytest
import torch

from nas_plugins.spaces import CostBound, MobileNetV3, NASBench201, NetworkCost, constrain
from nas_plugins.spaces.cost_measure import CostMeasure
from nas_plugins.spaces.errors import InvalidArgument
from nas_plugins.spaces.mobilenetv3 import Subnet
from nas_plugins.spaces.recorded_latency import RecordedLatency
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


@pytest.mark.usefixtures("short_ascent")
def test_proposals_and_front_are_predicted_from_the_same_pictures(monkeypatch):
    """Whichever comes first: other pictures of a dataset would move every prediction, and the two would not agree."""
    shown = []
    views = MetaD2AModel.views

    def kept(self, *given, **named):
        shown.append(views(self, *given, **named))
        return shown[-1]

    monkeypatch.setattr(MetaD2AModel, "views", kept)
    images = np.random.default_rng(0).integers(256, size=(3, 40, 8, 8, 3), dtype=np.uint8)
    first, second = (MetaD2A(MobileNetV3(), images, candidates=5, top=2, max_macs=150e6, seed=0) for _ in range(2))
    assert first.proposals
    assert first.front(points=2)
    assert second.front(points=2)
    assert second.proposals

    assert len(shown) == 2
    assert torch.equal(*shown)


def test_impossible_bounds_are_refused():
    with pytest.raises(InvalidArgument, match="raise the bound"):
        MetaD2A(SPACE, None, max_macs=1, seed=0).front()


@pytest.mark.parametrize("listed", [20_000, 5], ids=["ranked whole", "searched"])
def test_of_a_large_space_what_is_on_record_is_looked_at(tmp_path, monkeypatch, listed):
    """Thirty networks on record: with bounds on multiply-adds, on latency, on both or none, the front is of them."""
    monkeypatch.setattr("nas_plugins.strategies.metad2a.front._LISTED", listed)
    space = MobileNetV3()
    known = list(space.finite(size=30, seed=2))
    path = tmp_path / "nets.csv"
    path.write_text("architecture,ms\n" + "".join(f'"{one}",{ms}\n' for ms, one in enumerate(known, 1)))
    latency = RecordedLatency(space, path)
    for maximum in (None, 20):
        part = constrain(space, [] if maximum is None else [CostBound(latency, maximum)])
        allowed = known[:maximum]
        for macs in (None, 450e6):
            if macs is not None:
                allowed = [one for one in allowed if space.cost(one, 10).multiply_adds <= macs]
            front = MetaD2A(part, None, max_macs=macs, seed=0).front(latency, points=3)
            assert set(front.architectures) <= set(allowed)
            # The cheapest costs less than all others, so that nothing beats it.
            assert front.architectures[0] == allowed[0]


class Partial(CostMeasure[Subnet]):
    """Known of no network."""

    name, unit = "watts", "W"

    def __call__(self, architecture):
        return float("inf")

    def key(self):
        return ()


def test_costs_that_are_not_known_are_refused():
    """A measure of one's own that tells of nothing: one error that says so, before bounds are made of it."""
    with pytest.raises(InvalidArgument, match="wanted watts of finite numbers above 0 for a front, got inf W"):
        MetaD2A(MobileNetV3(), None, seed=0).front(Partial(), points=2)
