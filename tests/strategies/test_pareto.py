"""Fronts are what no other architecture beats, and the search widens them faster than chance."""

import json
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nas_plugins.evaluation import load_benchmark, simulate
from nas_plugins.evaluation.trade_offs import TradeOffs
from nas_plugins.spaces import CostBound, MobileNetV3, NASBench201, NetworkCost, constrain
from nas_plugins.spaces.errors import InvalidArgument, InvalidState
from nas_plugins.strategies import Objective, ParetoFront, ParetoSearch, RandomSearch

SPACE = NASBench201()
TWO = (Objective("score"), Objective("cost", "min"))
pairs = st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)), max_size=12)


@given(pairs)
def test_a_front_is_what_no_other_beats(values):
    """Against the definition, by hand: each left out is beaten or equalled by a member, no member is beaten."""
    front = ParetoFront.of(list(range(len(values))), values or np.empty((0, 2)), TWO)

    def covers(one, other):
        return one[0] >= other[0] and one[1] <= other[1]

    assert all(any(covers(member, value) for member in front.values) for value in values)
    assert not any(covers(a, b) for a in front.values for b in front.values if a is not b)
    assert all(
        values[index] == pytest.approx(value) for index, value in zip(front.architectures, front.values, strict=True)
    )
    assert list(front.values) == sorted(front.values, key=lambda value: value[1])


@settings(deadline=None)
@given(pairs)
def test_hypervolume_is_an_area(values):
    """Counted square by square on the grid of whole numbers, from (0, 6)."""
    front = ParetoFront.of(list(range(len(values))), values or np.empty((0, 2)), TWO)
    squares = {(x, y) for score, cost in values for x in range(score) for y in range(cost, 6)}

    assert front.hypervolume({"score": 0, "cost": 6}) == pytest.approx(len(squares))


def test_failed_trials_are_on_no_front():
    front = ParetoFront.of("abc", [(math.nan, 1), (3, math.inf), (2, 5)], TWO)

    assert front.architectures == ("c",)
    assert front.to_json() == [{"architecture": "c", "score": 2.0, "cost": 5.0}]
    assert "c" in str(front)
    with pytest.raises(InvalidArgument, match="cost"):
        front.hypervolume({"score": 0})


def test_more_of_the_trade_offs_than_by_chance():
    """Forty queries of ImageNet16-120's table: more hypervolume than random search, at two fixed seeds."""
    table = load_benchmark("nasbench201/imagenet16-120")
    trade_offs = TradeOffs(table)
    for seed in range(2):
        strategies = ParetoSearch(SPACE, [trade_offs.cost], seed=seed), RandomSearch(SPACE, seed=seed)
        ours, chance = (simulate(strategy, table, queries=40) for strategy in strategies)
        found, drawn = (trade_offs.coverage(run.architectures, run.scores)[-1] for run in (ours, chance))
        assert 100 >= found > drawn
        assert len(found_front := strategies[0].front()) > 3
        assert found_front == trade_offs.of(found_front.architectures, [value for value, _ in found_front.values])


def test_two_told_numbers_restore():
    """Without costs, two numbers told: six trials, restore, four more are ten; other objectives are refused."""
    told = (Objective("accuracy"), Objective("seconds", "min"))

    def build():
        return ParetoSearch(SPACE, [], told=told, initial=4, seed=0)

    def run(strategy, trials):
        asked = []
        for _ in range(trials):
            asked.append(strategy.ask())
            text = str(asked[-1])
            seconds = math.nan if len(text) % 7 == 0 else float(text.count("conv"))
            strategy.tell_all(asked[-1], {"accuracy": float(len(text)), "seconds": seconds, "loss": 1.0})
        return asked

    whole, first, resumed = build(), build(), build()
    expected = run(whole, 10)
    begun = run(first, 6)
    resumed.load_state_dict(json.loads(json.dumps(first.state_dict())))

    assert begun + run(resumed, 4) == expected
    assert resumed.front() == whole.front()
    with pytest.raises(InvalidState, match="objectives"):
        ParetoSearch(SPACE).load_state_dict(first.state_dict())


def test_a_score_alone_of_two_told_numbers_is_a_failed_trial():
    strategy = ParetoSearch(SPACE, [], told=(Objective("a"), Objective("b")), seed=0)
    strategy.tell(SPACE[0], 3.0)

    assert len(strategy.front()) == 0


def test_nothing_is_compiled(monkeypatch):
    """BoTorch would compile a kernel here, for a minute and without a word; what others set it to stays."""
    from botorch.acquisition.multi_objective import logei
    from torch.utils import cpp_extension

    compiled = []
    monkeypatch.setattr(cpp_extension, "load", lambda **options: compiled.append(options))
    monkeypatch.setattr(logei, "_load_attempted", False)
    strategy = ParetoSearch(SPACE, initial=2, seed=0)
    for score in range(3):
        strategy.tell(strategy.ask(), float(score))
    assert not compiled
    assert logei._load_attempted is False


def test_large_spaces_within_bounds():
    """MobileNetV3 below 200 M multiply-adds: neighbours of the front and draws, all within the bound, none twice."""
    space = MobileNetV3()
    small = constrain(space, [CostBound(NetworkCost(space), 200e6)])
    strategy = ParetoSearch(small, initial=5, draws=30, neighborhoods=3, seed=0)
    asked = []
    for _ in range(9):
        asked.append(strategy.ask())
        strategy.tell(asked[-1], float(str(asked[-1]).count("e6")))

    assert len(set(asked)) == 9
    assert all(small.contains(subnet) for subnet in asked)


@pytest.mark.parametrize(
    "options",
    [
        {"costs": []},
        {"told": ()},
        {"told": (Objective("multiply_adds"),)},
        {"initial": 1},
        {"clipped": 1.0},
        {"screened": 0},
    ],
    ids=str,
)
def test_searches_that_cannot_be_are_refused(options):
    with pytest.raises(InvalidArgument, match="wanted"):
        ParetoSearch(SPACE, **options)
