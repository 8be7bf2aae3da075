"""A saved state with anything in it is refused in one line, or continued; nothing else ever happens."""

import copy
import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nas_plugins.spaces import NASBench201
from nas_plugins.spaces.errors import InvalidState, NasPluginsError
from nas_plugins.strategies import Strategy, get_strategy
from tests.strategies.catalogue import CATALOGUE, Entry

JUNK: st.SearchStrategy[Any] = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-3, 10**6),
    st.floats(),
    st.text(max_size=8),
    st.sampled_from([[], {}, [[]], "|none~0|", 10**400, -(10**30), "1e9", ["a", 1], {"a": None}]),
)
_NAMES = {"random", "local_search", "regularized_evolution", "reinforce", "reinforce_discrete"}
FAST = [entry for entry in CATALOGUE if entry.name.split(",")[0] in _NAMES]


def places(value: Any) -> list[tuple[Any, ...]]:
    """Every place in nested data, as the keys that lead there."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [(), *((key, *rest) for key, inner in items for rest in places(inner))]


def replaced(value: Any, place: tuple[Any, ...], junk: Any) -> Any:
    """A copy of nested data with something else at a place."""
    if not place:
        return junk
    value = copy.copy(value)
    value[place[0]] = replaced(value[place[0]], place[1:], junk)
    return value


@pytest.fixture(scope="module", params=FAST, ids=lambda entry: entry.name)
def saved(request: pytest.FixtureRequest) -> tuple[Entry, dict[str, Any]]:
    """A strategy of the catalogue, and its state amid a search."""
    entry: Entry = request.param
    strategy = entry.build(entry.space, 1)
    for number in range(6):
        proposal = strategy.ask()
        if number != 4:
            strategy.tell(proposal, float("nan") if number == 2 else float(number))
    return entry, json.loads(json.dumps(strategy.state_dict()))


def goes_on(strategy: Strategy[Any]) -> None:
    """Two more trials, or an error of ours."""
    try:
        for _ in range(2):
            strategy.tell(strategy.ask(), 1.0)
        json.dumps(strategy.state_dict())
    except NasPluginsError as error:
        assert "\n" not in str(error)  # noqa: PT017 - being refused is one of two good ends


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_a_state_with_anything_anywhere(saved: tuple[Entry, dict[str, Any]], data: st.DataObject) -> None:
    """One or two places of a real state are overwritten."""
    entry, state = saved
    for _ in range(data.draw(st.integers(1, 2))):
        state = replaced(state, data.draw(st.sampled_from(places(state))), data.draw(JUNK))
        if not isinstance(state, dict):
            break
    strategy = entry.build(entry.space, 2)
    before = strategy.state_dict()
    try:
        strategy.load_state_dict(state)
    except NasPluginsError as error:
        assert "\n" not in str(error)  # noqa: PT017 - being refused is one of two good ends
        assert strategy.state_dict() == before
    else:
        goes_on(strategy)


@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.recursive(JUNK, lambda inner: st.lists(inner) | st.dictionaries(st.text(max_size=5), inner), max_leaves=10))
def test_anything_for_a_state(saved: tuple[Entry, dict[str, Any]], junk: Any) -> None:
    """Data that never was a state."""
    entry, _ = saved
    strategy = entry.build(entry.space, 2)
    with pytest.raises(NasPluginsError):
        strategy.load_state_dict(junk)


@pytest.mark.parametrize(
    "damage", [{"sample": False}, {"sample": 1.2e18}, {"sample": 3951023271}, {"population": 0}, {"observations": None}]
)
def test_an_evolution_that_could_not_go_on_is_refused(damage: dict[str, Any]) -> None:
    """A tournament of nobody, of more than fit the memory, or of members without scores: the state is refused whole."""
    strategy = get_strategy("regularized_evolution", NASBench201(), seed=0)
    without = strategy.state_dict()["observations"]
    for number in range(3):
        strategy.tell(strategy.ask(), float(number))
    damage = {"observations": without} if "observations" in damage else damage
    resumed = get_strategy("regularized_evolution", NASBench201(), seed=1)
    before = resumed.state_dict()
    with pytest.raises(InvalidState, match="damaged"):
        resumed.load_state_dict({**strategy.state_dict(), **damage})
    assert resumed.state_dict() == before
