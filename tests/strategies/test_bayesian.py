"""Bayesian optimisation beyond the laws of all strategies."""

import pytest

from nas_plugins.spaces import NASBench201
from nas_plugins.strategies import BayesianOptimization

SPACE = NASBench201()


def drawn_at_random(scores: list[float], monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Which of the next eight proposals, after these scores and each told as the worst yet, are no model's."""
    strategy = BayesianOptimization(SPACE, seed=0)
    for index, score in enumerate(scores):
        strategy.tell(SPACE[100 * index], score)
    modelled: list[None] = []
    monkeypatch.setattr(strategy, "_most_promising", lambda candidates, pending: modelled.append(None) or 0)
    turns = []
    for number in range(8):
        before = len(modelled)
        strategy.tell(strategy.ask(), min(scores) - 1 - number)
        turns.append(len(modelled) == before)
    return turns


def test_a_model_that_finds_nothing_better_gives_every_fourth_proposal_to_chance(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """After 50 scores without a new best, and only then."""
    assert drawn_at_random([1.0, *[0.0] * 57], monkeypatch) == [False, False, True, False] * 2
    assert not any(drawn_at_random([*[0.0] * 57, 1.0], monkeypatch))
