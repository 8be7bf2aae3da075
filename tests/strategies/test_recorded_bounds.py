"""Bounds on latencies on record in a space too large to list: every strategy searches among what is on record."""

import json
from pathlib import Path

import pytest

from nas_plugins.spaces import CostBound, MobileNetV3, NetworkCost, SearchSpace, constrain
from nas_plugins.spaces.errors import InvalidState, SearchExhausted
from nas_plugins.spaces.mobilenetv3 import Subnet
from nas_plugins.spaces.recorded_latency import RecordedLatency
from nas_plugins.strategies import STRATEGIES, MetaD2A, get_strategy

SPACE = MobileNetV3()
KNOWN = list(SPACE.finite(size=40, seed=2))

pytestmark = pytest.mark.filterwarnings("ignore:MetaD2A was given no images")


def table(folder: Path) -> Path:
    """Forty networks of 1 to 40 ms."""
    path = folder / "nets.csv"
    path.write_text("architecture,ms\n" + "".join(f'"{one}",{ms}\n' for ms, one in enumerate(KNOWN, 1)))
    return path


def within(folder: Path, maximum: float) -> SearchSpace[Subnet]:
    return constrain(SPACE, [CostBound(RecordedLatency(SPACE, table(folder)), maximum)])


@pytest.mark.parametrize("name", sorted({*STRATEGIES} - {"dngo"}))
def test_every_strategy_asks_for_what_is_on_record(name, tmp_path):
    """Twelve networks within the bound: nothing else is asked for, nothing twice, and then the search is over."""
    strategy = get_strategy(name, within(tmp_path, 12), seed=0)
    asked = []
    for _ in range(12):
        asked.append(strategy.ask())
        strategy.tell(asked[-1], 50.0 + KNOWN.index(asked[-1]))

    assert set(asked) == set(KNOWN[:12])
    with pytest.raises(SearchExhausted):
        strategy.ask()


@pytest.mark.parametrize("name", ["random", "bayesian", "metad2a"])
def test_a_search_of_what_is_on_record_restores(name, tmp_path):
    """From a table that lies elsewhere by now the search goes on; within another bound, or none, it is refused."""
    (tmp_path / "elsewhere").mkdir()
    strategy = get_strategy(name, within(tmp_path, 20), seed=0)
    for score in range(12):
        strategy.tell(strategy.ask(), float(score))
    state = json.loads(json.dumps(strategy.state_dict()))
    resumed = get_strategy(name, within(tmp_path / "elsewhere", 20), seed=1)
    resumed.load_state_dict(state)

    assert [resumed.ask() for _ in range(3)] == [strategy.ask() for _ in range(3)]
    for other in (SPACE, within(tmp_path, 21)):
        with pytest.raises(InvalidState, match="a list of 40 architectures"):
            get_strategy(name, other, seed=0).load_state_dict(state)


def test_proposals_are_on_record_and_within_further_bounds(tmp_path):
    """MetaD2A with a bound of its own on multiply-adds: what is on record within both, best first."""
    macs = NetworkCost(SPACE)
    median = sorted(map(macs, KNOWN[:20]))[9]
    proposals = MetaD2A(within(tmp_path, 20), None, candidates=30, top=30, max_macs=median, seed=0).proposals

    assert {proposal.architecture for proposal in proposals} == {one for one in KNOWN[:20] if macs(one) <= median}
