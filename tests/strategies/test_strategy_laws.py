"""The laws every search strategy obeys, over the catalogue of strategies."""

import copy
import json
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch

from nas_plugins.spaces.errors import AskLater, InvalidState, SearchExhausted
from nas_plugins.strategies import Strategy
from tests.catalogue_fixture import catalogue_fixture
from tests.strategies.catalogue import CATALOGUE, Entry
from tests.strategies.tiny_space import TinySpace

entry = catalogue_fixture(CATALOGUE)
"""One strategy of the catalogue."""


@pytest.fixture(params=[entry for entry in CATALOGUE if entry.any_space], ids=lambda entry: entry.name)
def general(request: pytest.FixtureRequest) -> Entry:
    """One strategy that searches any space."""
    entry: Entry = request.param
    return entry


def score(entry: Entry, architecture: Any) -> float:
    """A score that depends on the architecture alone."""
    return float(len(entry.space.canonical_form(architecture)))


def run(entry: Entry, strategy: Strategy[Any], trials: int) -> list[Any]:
    """Ask and tell in turn; the proposals in order."""
    proposals = []
    for _ in range(trials):
        architecture = strategy.ask()
        strategy.tell(architecture, score(entry, architecture))
        proposals.append(architecture)
    return proposals


def through_json(state: dict[str, Any]) -> dict[str, Any]:
    """The state as another process would read it."""
    read: dict[str, Any] = json.loads(json.dumps(state))
    return read


def test_proposals_are_members(entry: Entry) -> None:
    """Every proposal belongs to the space."""
    proposals = run(entry, entry.build(entry.space, 0), 10)

    assert all(entry.space.contains(architecture) for architecture in proposals)


def test_same_seed_same_proposals(entry: Entry) -> None:
    """Two strategies with the same seed and the same scores propose the same; another seed proposes something else."""
    first, again, other = (run(entry, entry.build(entry.space, seed), 10) for seed in (7, 7, 8))

    assert first == again
    assert first != other


def test_the_global_generators_are_left_alone(entry: Entry) -> None:
    """Proposals depend on no global generator and do not advance it."""
    np.random.seed(0)  # noqa: NPY002 - the global generator is what this test watches
    before = np.random.get_state()[1].tolist()  # noqa: NPY002 - likewise
    first = run(entry, entry.build(entry.space, 3), 5)
    after = np.random.get_state()[1].tolist()  # noqa: NPY002 - likewise
    np.random.seed(1)  # noqa: NPY002 - likewise

    assert before == after
    assert run(entry, entry.build(entry.space, 3), 5) == first


@pytest.mark.parametrize("blank_seed", [None, 99])
def test_five_restore_five_more_is_ten(entry: Entry, blank_seed: int | None) -> None:
    """Five trials, state through JSON into a fresh strategy of any seed, five more: the ten of an uninterrupted run."""
    whole = run(entry, entry.build(entry.space, 1), 10)
    interrupted = entry.build(entry.space, 1)
    first = run(entry, interrupted, 5)
    resumed = entry.build(entry.space, blank_seed)
    resumed.load_state_dict(through_json(interrupted.state_dict()))

    assert first + run(entry, resumed, 5) == whole


def test_resume_with_pending_proposals(entry: Entry) -> None:
    """A state saved while proposals are pending continues as the saved strategy does once they are told."""
    strategy = entry.build(entry.space, 2)
    pending = [strategy.ask() for _ in range(4)]
    resumed = entry.build(entry.space, None)
    resumed.load_state_dict(through_json(strategy.state_dict()))
    for architecture in reversed(pending):
        for each in (strategy, resumed):
            each.tell(architecture, score(entry, architecture))

    assert run(entry, resumed, 5) == run(entry, strategy, 5)


def test_saving_changes_nothing(entry: Entry) -> None:
    """The state can be taken at any time, twice alike, without changing what comes next."""
    strategy, undisturbed = entry.build(entry.space, 4), entry.build(entry.space, 4)
    proposals = []
    for _ in range(6):
        assert through_json(strategy.state_dict()) == through_json(strategy.state_dict())
        proposals += run(entry, strategy, 1)

    assert proposals == run(entry, undisturbed, 6)


def test_a_loaded_state_is_no_longer_shared(entry: Entry) -> None:
    """Two strategies restored from one state object go their own ways."""
    source = entry.build(entry.space, 5)
    run(entry, source, 3)
    state = source.state_dict()
    kept = through_json(state)
    first, second = entry.build(entry.space, None), entry.build(entry.space, None)
    first.load_state_dict(state)
    expected = run(entry, first, 5)
    second.load_state_dict(state)

    assert through_json(state) == kept
    assert run(entry, second, 5) == expected


def test_results_in_any_order_twice_late_or_never(entry: Entry) -> None:
    """Pending proposals may be told in any order, twice with different scores, much later, or never."""
    strategy = entry.build(entry.space, 6)
    asked = [strategy.ask() for _ in range(8)]
    for architecture in (asked[5], asked[0], asked[5], asked[3]):
        strategy.tell(architecture, score(entry, architecture))
    strategy.tell(asked[0], 0.0)
    asked += run(entry, strategy, 6)
    strategy.tell(asked[1], 1.0)

    assert len(set(asked)) == len(asked)
    assert entry.space.contains(strategy.ask())


def test_no_suggestion_twice_with_sixteen_workers(entry: Entry) -> None:
    """Sixteen proposals are always pending, results come in random order, one in five failed: all are different."""
    strategy = entry.build(entry.space, 14)
    rng = np.random.default_rng(14)
    asked: list[Any] = []
    pending: list[Any] = []
    while len(asked) < 56:
        try:
            while len(pending) < 16:
                pending.append(strategy.ask())
                asked.append(pending[-1])
        except (AskLater, SearchExhausted):
            if not pending:
                break
        done = pending.pop(int(rng.integers(len(pending))))
        strategy.tell(done, math.nan if rng.random() < 0.2 else score(entry, done))

    assert len(asked) >= 20
    assert len(set(asked)) == len(asked)


@pytest.mark.parametrize("bad", [math.nan, -math.inf, math.inf, -1e308, 1e308], ids=str)
def test_failed_and_extreme_scores(entry: Entry, bad: float) -> None:
    """nan, infinities and huge scores, even nothing else, never stop a strategy, and its state survives JSON."""
    strategy = entry.build(entry.space, 8)
    for _ in range(6):
        strategy.tell(strategy.ask(), bad)
    resumed = entry.build(entry.space, None)
    resumed.load_state_dict(through_json(strategy.state_dict()))

    assert strategy.ask() == resumed.ask()


@pytest.mark.parametrize("number", [np.float32, np.int64, torch.tensor])
def test_scores_of_any_number_type_can_be_saved(entry: Entry, number: Callable[[float], Any]) -> None:
    """A loop of one's own tells what its library computes; the state is plain data all the same."""
    strategy = entry.build(entry.space, 4)
    for _ in range(5):
        architecture = strategy.ask()
        strategy.tell(architecture, number(score(entry, architecture)))
    resumed = entry.build(entry.space, None)
    resumed.load_state_dict(through_json(strategy.state_dict()))

    assert run(entry, resumed, 3) == run(entry, strategy, 3)


def test_told_elsewhere_before_the_first_ask(entry: Entry) -> None:
    """Architectures evaluated elsewhere may be told before anything was asked, and are not proposed again."""
    told = run(entry, entry.build(entry.space, 9), 3)
    strategy = entry.build(entry.space, 9)
    for architecture in told:
        strategy.tell(architecture, 50.0)

    assert not set(told) & set(run(entry, strategy, 5))


def test_deepcopy_goes_its_own_way(entry: Entry) -> None:
    """A deep copy proposes what the original would, and neither disturbs the other."""
    strategy = entry.build(entry.space, 10)
    run(entry, strategy, 3)
    twin = copy.deepcopy(strategy)

    assert run(entry, twin, 4) == run(entry, strategy, 4)


def test_foreign_states_are_refused(entry: Entry) -> None:
    """No state, another strategy's, another space's, another version's or an incomplete one: InvalidState each time."""
    strategy = entry.build(entry.space, 11)
    run(entry, strategy, 2)
    state = through_json(strategy.state_dict())
    foreign = [
        None,
        [],
        {},
        state | {"strategy": "no such strategy"},
        state | {"space": "no such space"},
        state | {"version": state["version"] + 1},
        {key: state[key] for key in ("strategy", "version", "space")},
    ]
    for wrong in foreign:
        with pytest.raises(InvalidState):
            strategy.load_state_dict(wrong)  # type: ignore[arg-type]  # that is the point


def test_a_refused_state_leaves_the_strategy_as_it_was(entry: Entry) -> None:
    """After InvalidState the strategy goes on as if nothing had happened."""
    strategy, undisturbed = entry.build(entry.space, 12), entry.build(entry.space, 12)
    run(entry, strategy, 2)
    run(entry, undisturbed, 2)
    with pytest.raises(InvalidState):
        strategy.load_state_dict({"strategy": "no such strategy"})

    assert run(entry, strategy, 3) == run(entry, undisturbed, 3)


def test_a_tiny_space_is_exhausted(general: Entry) -> None:
    """On nine architectures a strategy proposes members only and then raises SearchExhausted, again and again."""
    space = TinySpace()
    strategy = general.build(space, 0)
    proposals: list[str] = []
    exhausted = 0
    for _ in range(1000):
        try:
            proposals.append(strategy.ask())
            strategy.tell(proposals[-1], float(space.index(proposals[-1])))
        except SearchExhausted:
            exhausted += 1

    assert exhausted > 1
    assert proposals
    assert set(proposals) <= set(space)


def test_an_exhausted_strategy_restores_exhausted(general: Entry) -> None:
    """Exhaustion survives saving."""
    space = TinySpace()
    strategy = general.build(space, 0)
    for architecture in space:
        strategy.tell(architecture, float(space.index(architecture)))
    resumed = general.build(space, 0)
    resumed.load_state_dict(through_json(strategy.state_dict()))

    with pytest.raises(SearchExhausted):
        resumed.ask()


def test_many_asks_without_tells(general: Entry) -> None:
    """Unanswered asks end in members, AskLater or SearchExhausted, never in anything else."""
    space = TinySpace()
    strategy = general.build(space, 0)
    for _ in range(30):
        try:
            assert space.contains(strategy.ask())
        except (AskLater, SearchExhausted):
            break
