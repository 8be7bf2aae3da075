"""A warm start keeps enough diversity for the model that goes on, which chooses among its proposals."""

import json
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from nas_plugins.evaluation import load_benchmark
from nas_plugins.evaluation.simulation import simulate
from nas_plugins.spaces import NASBench201
from nas_plugins.spaces.errors import DamagedFile, InvalidArgument, SearchExhausted
from nas_plugins.spaces.nasbench201 import Cell
from nas_plugins.strategies import BayesianOptimization, RandomSearch, Strategy, WarmStart
from nas_plugins.strategies.inputs import OneHotInput

SPACE = NASBench201()
QUERIES, RUNS = 100, 4


class Heaviest(Strategy[Cell]):
    """A first strategy of one idea: the cells with the most parameters, heaviest first, all of them alike."""

    def __init__(self) -> None:
        self.cells = sorted(SPACE, key=lambda cell: (-SPACE.cost(cell, 10).parameters, str(cell)))[:10]

    def ask(self) -> Cell:
        if not self.cells:
            raise SearchExhausted("ten were proposed")
        return self.cells.pop(0)

    def tell(self, architecture: Cell, score: float) -> None:
        pass

    def state_dict(self) -> dict[str, Any]:
        return {"cells": list(map(str, self.cells))}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        self.cells = [SPACE.parse(text) for text in state["cells"]]


def solved(diverse: int, **settings: Any) -> int:
    """Runs that find the best validation cell of ImageNet16-120 within the budget."""
    table = load_benchmark("nasbench201/imagenet16-120")
    count = 0
    for seed in range(RUNS):
        then = BayesianOptimization(SPACE, seed=seed, **settings)
        strategy = WarmStart(SPACE, Heaviest(), then, proposals=10, diverse=diverse, seed=seed)
        count += max(simulate(strategy, table, queries=QUERIES).scores) >= table.optimum()[1]
    return count


def test_a_pure_best_first_start_traps_a_poor_model_and_the_default_does_not() -> None:
    """Ten proposals of one kind lead no run to the optimum where the model sees choices alone and all scores.

    With random cells behind the proposals, and the default model, most runs get there. Seeds are fixed, so there is no
    false alarm by chance.
    """
    assert WarmStart(SPACE, Heaviest(), RandomSearch(SPACE)).diverse == 5
    assert solved(diverse=0, inputs=OneHotInput(SPACE), clipped=0.0) == 0
    assert solved(diverse=5) >= RUNS - 1


class Knowing(Heaviest):
    """A first strategy that knew the accuracies before the search."""

    def prior_scores(self, architectures: Sequence[Cell]) -> NDArray[np.float64] | None:
        table = load_benchmark("nasbench201/imagenet16-120")
        return np.array([table.score(cell) for cell in architectures])


class Failing(Heaviest):
    """A first strategy whose knowledge is lost."""

    def prior_scores(self, architectures: Sequence[Cell]) -> NDArray[np.float64] | None:
        raise OSError("no file")


def follow(first: Strategy[Cell], table: Any) -> WarmStart[Cell]:
    strategy = WarmStart(SPACE, first, BayesianOptimization(SPACE, seed=0), proposals=2, diverse=4, follow=True, seed=0)
    for _ in range(9):
        cell = strategy.ask()
        strategy.tell(cell, table.score(cell))
    return strategy


def test_a_model_follows_what_was_known_and_a_restored_one_too() -> None:
    """Told the truth before, its first three cells are of the best hundredth; restored, it goes on the same."""
    table = load_benchmark("nasbench201/imagenet16-120")
    strategy = follow(Knowing(), table)
    best = np.quantile([table.score(cell) for cell in SPACE], 0.99)
    assert all(table.score(cell) >= best for cell in list(strategy.then._observations.scores)[6:9])

    restored = WarmStart(SPACE, Knowing(), BayesianOptimization(SPACE, seed=5), follow=True)
    restored.load_state_dict(strategy.state_dict())
    assert [restored.ask() for _ in range(2)] == [strategy.ask() for _ in range(2)]


class Learned(RandomSearch[Cell]):
    """A first strategy whose knowledge travels in its state."""

    def __init__(self, knows: bool) -> None:
        super().__init__(SPACE, seed=0)
        self.knows = knows

    def prior_scores(self, architectures: Sequence[Cell]) -> NDArray[np.float64] | None:
        table = load_benchmark("nasbench201/imagenet16-120")
        return np.array([table.score(cell) for cell in architectures]) if self.knows else None

    def state_dict(self) -> dict[str, Any]:
        return {**super().state_dict(), "knows": self.knows}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        super().load_state_dict(state)
        self.knows = state["knows"]


def test_a_warm_start_within_a_warm_start_restores_what_it_follows() -> None:
    """The inner model asks the restored first strategy, not the blank one it was built with."""

    def build(knows: bool) -> WarmStart[Cell]:
        model = BayesianOptimization(SPACE, seed=0)
        inner = WarmStart(SPACE, Learned(knows), model, proposals=4, diverse=0, seed=0)
        return WarmStart(SPACE, inner, RandomSearch(SPACE, seed=1), proposals=20, in_order=20, diverse=0, seed=0)

    table = load_benchmark("nasbench201/imagenet16-120")
    strategy, restored = build(knows=True), build(knows=False)
    for _ in range(6):
        cell = strategy.ask()
        strategy.tell(cell, table.score(cell))
    restored.load_state_dict(json.loads(json.dumps(strategy.state_dict())))

    assert [restored.ask() for _ in range(3)] == [strategy.ask() for _ in range(3)]


def test_lost_knowledge_is_warned_of_and_the_search_goes_on() -> None:
    table = load_benchmark("nasbench201/imagenet16-120")
    with pytest.warns(UserWarning, match="no file"):
        strategy = follow(Failing(), table)
    assert len(strategy.then._observations.scores) == 9


def test_random_cells_follow_the_proposals() -> None:
    """The first strategy's proposals come first, in its order, and the random ones before anybody goes on."""
    first, strategy = Heaviest(), WarmStart(SPACE, Heaviest(), Heaviest(), proposals=3, diverse=2, seed=0)
    asked = [strategy.ask() for _ in range(6)]
    assert asked[:3] == first.cells[:3]
    assert not set(asked[3:5]) & set(first.cells)
    assert asked[5] == first.cells[3]


def test_a_search_that_goes_on_from_earlier_results_goes_on_at_once() -> None:
    """All proposals of the first strategy are known: no random cells are drawn for them, but those that are lacking."""
    for elsewhere, drawn in ((5, 0), (3, 2), (0, 5)):
        first, then = Heaviest(), Choosing()
        strategy = WarmStart(SPACE, first, then, proposals=10, seed=0)
        others = [cell for cell in SPACE if cell not in first.cells][:elsewhere]
        for cell in (*Heaviest().cells, *others):
            strategy.tell(cell, 0.0)
        alone = Choosing()
        asked = [strategy.ask() for _ in range(drawn + 3)]
        assert asked[drawn:] == [alone.ask() for _ in range(3)]


class Broken(Heaviest):
    """A first strategy whose weights are lost: whatever it is asked, it cannot be read."""

    def ask(self) -> Cell:
        raise DamagedFile("no weights")

    def tell(self, architecture: Cell, score: float) -> None:
        raise DamagedFile("no weights")

    def prediction(self, architecture: Cell) -> float | None:
        raise DamagedFile("no weights")

    def state_dict(self) -> dict[str, Any]:
        raise DamagedFile("no weights")


@pytest.mark.parametrize("asked", ["ask", "tell", "prediction", "state_dict"])
def test_a_broken_first_strategy_is_warned_of_once_and_the_search_goes_on(asked: str) -> None:
    """Whichever question it fails at; five random cells, then the other strategy."""
    strategy = WarmStart(SPACE, Broken(), Choosing(), seed=0)
    cell, alone = Heaviest().cells[0], Choosing()
    questions: dict[str, Callable[[], object]] = {
        "ask": strategy.ask,
        "tell": lambda: strategy.tell(cell, 1.0),
        "prediction": lambda: strategy.prediction(cell),
        "state_dict": strategy.state_dict,
    }
    with pytest.warns(UserWarning, match="no weights"):
        questions[asked]()
    proposals = [strategy.ask() for _ in range(8)]
    strategy.tell(cell, 1.0)

    assert alone.ask() in proposals[4:6]
    assert strategy.state_dict()["first"] is None


class Stubborn(Heaviest):
    """A first strategy that proposes the same cell until it is told of it."""

    def ask(self) -> Cell:
        return self.cells[0]

    def tell(self, architecture: Cell, score: float) -> None:
        self.cells = [cell for cell in self.cells if cell != architecture]


def test_a_first_strategy_that_repeats_itself_keeps_nobody_waiting() -> None:
    """Random cells come while its proposal is on trial, and its next one when that was told."""
    strategy = WarmStart(SPACE, Stubborn(), RandomSearch(SPACE, seed=1), proposals=5, seed=0)
    proposals = Heaviest().cells
    asked = [strategy.ask() for _ in range(3)]
    strategy.tell(asked[0], 1.0)

    assert asked[0] == proposals[0]
    assert not {*asked[1:]} & {*proposals}
    assert strategy.ask() == proposals[1]


@pytest.mark.parametrize(("proposals", "diverse"), [(-1, 5), (5, -1)])
def test_negative_numbers_are_refused(proposals: int, diverse: int) -> None:
    """The message says what came."""
    with pytest.raises(InvalidArgument, match="-1"):
        WarmStart(SPACE, Heaviest(), RandomSearch(SPACE), proposals=proposals, diverse=diverse)


class Choosing(RandomSearch[Cell]):
    """Goes on at random, and chooses the proposal that is last in the alphabet; remembers what it was asked."""

    chooses = True

    def __init__(self) -> None:
        super().__init__(SPACE, seed=0)
        self.asked: list[tuple[list[Cell], list[Cell]]] = []

    def choose(self, architectures: Sequence[Cell], pending: Sequence[Cell] = ()) -> Cell | None:
        self.asked.append((list(architectures), list(pending)))
        return max(architectures, key=str)


def test_a_model_chooses_among_the_proposals_after_the_first_two() -> None:
    """It sees those left and those on trial; random cells follow when all were tried."""
    then = Choosing()
    strategy = WarmStart(SPACE, Heaviest(), then, proposals=6, diverse=1, seed=0)
    proposals = Heaviest().cells[:6]
    asked = [strategy.ask() for _ in range(7)]
    assert asked[:2] == proposals[:2]
    assert asked[2:6] == sorted(proposals[2:], key=str, reverse=True)
    assert asked[6] not in Heaviest().cells
    assert then.asked[1] == ([cell for cell in proposals[2:] if cell != asked[2]], asked[:3])


def test_a_proposal_told_from_elsewhere_is_not_tried_again() -> None:
    """Not in the first strategy's order, and not on the list to choose from."""
    strategy = WarmStart(SPACE, Heaviest(), Choosing(), proposals=6, diverse=0, seed=0)
    proposals = Heaviest().cells[:6]
    first = [strategy.ask() for _ in range(3)]
    told = next(cell for cell in proposals if cell not in first)
    strategy.tell(told, 1.0)
    assert told not in [strategy.ask() for _ in range(2)]


def test_a_restored_search_chooses_among_the_same_proposals() -> None:
    """The list is part of the state: the first strategy has given it away and makes none of them again."""
    strategy = WarmStart(SPACE, Heaviest(), Choosing(), proposals=6, diverse=1, seed=0)
    for _ in range(3):
        strategy.tell(strategy.ask(), 0.0)
    restored = WarmStart(SPACE, Heaviest(), Choosing(), seed=9)
    restored.load_state_dict(json.loads(json.dumps(strategy.state_dict())))
    assert [restored.ask() for _ in range(5)] == [strategy.ask() for _ in range(5)]


def test_states_of_earlier_versions_keep_the_order_of_the_first_strategy() -> None:
    """They know of no list, and followed nothing."""
    strategy = WarmStart(SPACE, Heaviest(), Choosing(), proposals=6, diverse=1, in_order=6, follow=False, seed=0)
    strategy.tell(strategy.ask(), 0.0)
    state = strategy.state_dict()
    for entry in ("in_order", "shortlist", "follow"):
        del state[entry]
    restored = WarmStart(SPACE, Heaviest(), Choosing(), seed=9)
    restored.load_state_dict(state)
    assert [restored.ask() for _ in range(5)] == Heaviest().cells[1:6]
    assert not restored.follows


def test_a_model_finds_the_best_of_the_proposals_sooner_than_their_order() -> None:
    """Thirty proposals in the order of the alphabet: the model finds the best of them in fewer looks.

    Five draws of proposals, each with a fixed seed, so that there is no false alarm by chance.
    """
    table = load_benchmark("nasbench201/imagenet16-120")
    looks: dict[int, list[int]] = {2: [], 30: []}
    for seed in range(5):
        rng = np.random.default_rng(seed)
        cells = sorted((SPACE.sample(rng) for _ in range(30)), key=str)
        best = max(cells, key=table.score)
        for in_order, counts in looks.items():
            first = Heaviest()
            first.cells = list(cells)
            then = BayesianOptimization(SPACE, seed=seed)
            strategy = WarmStart(SPACE, first, then, proposals=30, in_order=in_order, seed=seed)
            tried: list[Cell] = []
            while best not in tried:
                tried.append(strategy.ask())
                strategy.tell(tried[-1], table.score(tried[-1]))
            counts.append(len(tried))
    assert sum(looks[2]) < 0.75 * sum(looks[30])


def test_bayesian_optimisation_chooses_nothing_before_two_scores() -> None:
    """And then one of what it is offered, without proposing it."""
    strategy = BayesianOptimization(SPACE, seed=0)
    cells = Heaviest().cells
    assert strategy.choose(cells[2:]) is None
    strategy.tell(cells[0], 1.0)
    strategy.tell(cells[1], float("nan"))
    assert strategy.choose(cells[2:]) is None
    strategy.tell(cells[1], 2.0)
    before = strategy.state_dict()["observations"]
    chosen = strategy.choose(cells[2:])
    assert chosen in cells[2:]
    assert strategy.state_dict()["observations"] == before


def test_what_was_followed_can_be_taken_back() -> None:
    """Then proposals are those of a model that never knew anything."""
    table = load_benchmark("nasbench201/imagenet16-120")
    alone, taken_back = BayesianOptimization(SPACE, seed=0), BayesianOptimization(SPACE, seed=0)
    taken_back.follow(Knowing().prior_scores)
    taken_back.follow(None)
    for _ in range(12):
        cells = [strategy.ask() for strategy in (alone, taken_back)]
        assert cells[0] == cells[1]
        for strategy in (alone, taken_back):
            strategy.tell(cells[0], table.score(cells[0]))
