"""REINFORCE in the latent space and on choices, and arch2vec's rounds, beyond the laws of all strategies."""

import json
import math
from typing import Any

import numpy as np
import pytest
import torch

from nas_plugins.spaces import NASBench201
from nas_plugins.spaces.arch2vec import Arch2Vec
from nas_plugins.spaces.errors import InvalidArgument, InvalidState
from nas_plugins.strategies import (
    REINFORCE,
    DiscreteREINFORCE,
    DiscreteReinforceSettings,
    DNGOSurrogate,
    LatentRounds,
    RandomSearch,
    ReinforceSettings,
    Strategy,
    get_strategy,
)
from nas_plugins.strategies.learner import Learner
from tests.strategies.catalogue import METAD2A_WEIGHTS
from tests.strategies.tiny_space import TinySpace

SPACE = NASBench201()


@pytest.fixture(scope="module")
def latent() -> Arch2Vec[Any]:
    """The latent space that ships."""
    return Arch2Vec.pretrained("nasbench201")


def search(strategy: Strategy[Any], trials: int, score: Any) -> list[float]:
    """Ask and tell in turn; the scores in order."""
    scores = []
    for _ in range(trials):
        cell = strategy.ask()
        scores.append(float(score(cell)))
        strategy.tell(cell, scores[-1])
    return scores


def weights(strategy: REINFORCE[Any]) -> str:
    """The policy's weights as text."""
    return json.dumps(strategy.state_dict()["policy"]["values"])


def test_a_step_goes_to_the_nearest_unknown_cell(latent: Arch2Vec[Any]) -> None:
    """A policy without noise that has learned nothing proposes the best cell's nearest neighbour, then that one's."""
    settings = ReinforceSettings(initial=3, episode=16, deviation=1e-6, standardised=False)
    strategy = REINFORCE(SPACE, latent, settings=settings, seed=0)
    told = [strategy.ask() for _ in range(3)]
    for cell, score in zip(told, (1.0, 9.0, 2.0), strict=True):
        strategy.tell(cell, score)
    first = strategy.ask()
    second = strategy.ask()

    assert first == latent.nearest(latent.embed([told[1]])[0], exclude=told)
    assert second == latent.nearest(latent.embed([first])[0], exclude=[*told, first])


def test_the_published_code_never_takes_the_nearest_cell(latent: Arch2Vec[Any]) -> None:
    """With ``passed_over=1`` the nearest cell is left out even where it is unknown; points lie among means of nodes."""
    strategies = [
        REINFORCE(SPACE, latent, settings=ReinforceSettings.preset("paper", passed_over=passed), seed=3)
        for passed in (0, 1)
    ]
    start = [strategy.ask() for strategy in strategies]
    nearest, second = (strategy.ask() for strategy in strategies)
    point = strategies[0].state_dict()["episodes"][0]["points"][0]
    summed = np.multiply(point, 8)  # a cell has eight nodes

    assert start[0] == start[1]
    assert strategies[1].state_dict()["episodes"][0]["points"][0] == point
    assert nearest == latent.nearest(summed, exclude=start)
    assert second == latent.nearest(summed, exclude=[*start, nearest])


def test_the_paper_preset_is_what_the_published_code_does() -> None:
    """The figures of appendix A, and no discount, which the code throws away."""
    paper, nasbench101 = ReinforceSettings.preset("paper"), ReinforceSettings.preset("paper_nasbench101")

    assert (paper.episode, paper.hidden, paper.learning_rate, paper.deviation) == (16, 128, 0.01, 1.0)
    assert (paper.baseline, nasbench101.baseline) == (0.4, 0.95)
    assert paper.discount == nasbench101.discount == 0
    assert paper.mean
    assert nasbench101.mean
    assert (paper.passed_over, nasbench101.passed_over) == (1, 0)


def test_the_policy_learns_once_per_episode(latent: Arch2Vec[Any]) -> None:
    """Weights change when the next episode starts, and only then."""
    strategy = REINFORCE(SPACE, latent, settings=ReinforceSettings(initial=1, episode=3), seed=0)
    before = weights(strategy)
    search(strategy, 4, SPACE.index)
    unchanged = weights(strategy)
    search(strategy, 1, SPACE.index)

    assert unchanged == before
    assert weights(strategy) != before


def test_scores_that_never_come_do_not_stop_the_learning(latent: Arch2Vec[Any]) -> None:
    """An episode with a missing score waits while four later ones become whole, then it is learned from without it."""
    strategy = REINFORCE(SPACE, latent, settings=ReinforceSettings(initial=1, episode=2), seed=0)
    search(strategy, 1, SPACE.index)
    strategy.ask()  # never told
    search(strategy, 9, SPACE.index)
    waiting = [episode["taken"] for episode in strategy.state_dict()["episodes"]]
    search(strategy, 1, SPACE.index)
    over = [episode["taken"] for episode in strategy.state_dict()["episodes"]]

    assert len(waiting) == 2
    assert len(over) == 1
    assert over[0] not in waiting


def test_a_walk_finds_the_summit_of_a_smooth_hill(latent: Arch2Vec[Any]) -> None:
    """Where scores fall with the distance from a point, the walk comes nearer to it than random search.

    In 40 runs with other seeds the walk always reached the point, and random search, with mean distance 2.6 and
    deviation 0.6, did once: that all three of its runs do, so that the test fails, is not to be expected.
    """
    table = (latent.embeddings - latent.embeddings.mean(0)) / latent.embeddings.std(0)

    def score(cell: Any) -> float:
        return -float(np.linalg.norm(table[SPACE.index(cell)] - table[7]))

    found = [max(search(REINFORCE(SPACE, latent, seed=seed), 150, score)) for seed in range(3)]
    random = [max(search(RandomSearch(SPACE, seed=seed), 150, score)) for seed in range(3)]

    assert np.mean(found) > np.mean(random)


def test_a_policy_on_choices_learns_what_pays() -> None:
    """Where each 3x3 convolution pays, later proposals have more of them.

    Twenty cells drawn uniformly have 1.2 on average, with a standard error of 0.22; 2.4 is five of these above.
    """
    strategy = DiscreteREINFORCE(SPACE, seed=0)
    scores = search(strategy, 120, lambda cell: str(cell).count("nor_conv_3x3"))

    assert np.mean(scores[-20:]) > 2.4


def test_a_space_without_a_latent_space_is_told_what_to_do() -> None:
    """The error of ``reinforce`` on another space names the strategy that needs no latent space."""
    with pytest.raises(InvalidArgument, match="reinforce_discrete"):
        get_strategy("reinforce", TinySpace(), seed=0)
    with pytest.raises(InvalidArgument, match="reinforce_discrete"):
        get_strategy("arch2vec_bo", TinySpace(), seed=0)
    assert isinstance(get_strategy("reinforce_discrete", TinySpace(), seed=0), DiscreteREINFORCE)


@pytest.mark.parametrize(
    "wrong", [{"episode": 0}, {"deviation": 0.0}, {"learning_rate": math.inf}, {"discount": 1.5}, {"passed_over": -1}]
)
def test_settings_out_of_range_are_refused(wrong: dict[str, float]) -> None:
    """Each number has its range."""
    with pytest.raises(InvalidArgument):
        ReinforceSettings(**wrong)  # type: ignore[arg-type]  # that is the point


def test_unknown_presets_are_refused() -> None:
    """A preset that does not exist is named beside those that do."""
    with pytest.raises(InvalidArgument, match="paper"):
        ReinforceSettings.preset("papre")
    with pytest.raises(InvalidArgument, match="paper"):
        DiscreteReinforceSettings.preset("papre")


def test_a_learner_survives_json_exactly() -> None:
    """Steps after saving and loading end at the same bits as steps without; damaged states change nothing."""

    def make() -> Learner:
        return Learner({"w": torch.nn.Parameter(torch.tensor([1.0, -2.0, 1 / 3]))}, learning_rate=0.1)

    def step(learner: Learner, times: int) -> None:
        for _ in range(times):
            learner.descend((learner.parameters["w"] ** 3).sum())

    whole, saved, resumed = make(), make(), make()
    step(whole, 7)
    step(saved, 3)
    state = json.loads(json.dumps(saved.state_dict()))
    resumed.load_state_dict(state)
    step(resumed, 4)

    assert resumed.state_dict() == whole.state_dict()
    for damaged in (None, {}, state | {"values": {}}, state | {"values": {"w": "AAAA"}}, state | {"first": {"w": "?"}}):
        with pytest.raises(InvalidState):
            resumed.load_state_dict(damaged)
    assert resumed.state_dict() == whole.state_dict()


class _CountingSurrogate(DNGOSurrogate):
    """The paper's network; counts the models built."""

    models = 0

    def model(self, *arguments: Any) -> Any:
        self.models += 1
        return super().model(*arguments)


def test_a_round_is_the_top_of_one_model(latent: Arch2Vec[Any]) -> None:
    """After the initial cells a model is built for every five proposals, and none is proposed twice."""
    surrogate = _CountingSurrogate("paper")
    strategy = LatentRounds(SPACE, latent, surrogate=surrogate, initial=4, top=5, seed=0)
    search(strategy, 4, SPACE.index)
    models = []
    for _ in range(11):
        search(strategy, 1, SPACE.index)
        models.append(surrogate.models)

    assert models == [1] * 5 + [2] * 5 + [3]
    assert len(strategy.state_dict()["observations"]["scores"]) == 15


@pytest.mark.skipif(not METAD2A_WEIGHTS.is_file(), reason="needs MetaD2A's weights")
def test_metad2a_hands_over_to_reinforce() -> None:
    """``metad2a+reinforce`` goes from MetaD2A's proposals and random cells to the policy's walk."""
    strategy: Any = get_strategy("metad2a+reinforce", SPACE, seed=0)
    search(strategy, 18, lambda cell: str(cell).count("nor_conv_3x3"))

    assert strategy.state_dict()["then"]["strategy"] == "reinforce"
    assert len(strategy.state_dict()["then"]["episodes"][-1]["taken"]) >= 1


def test_published_reinforce_warns_of_scores_it_learns_nothing_from() -> None:
    """Its rewards are accuracies: of a negative loss they are all the same. The default takes any scale."""
    published = REINFORCE(SPACE, settings=ReinforceSettings.preset("paper"), seed=0)
    published.tell(published.ask(), 93.0)
    with pytest.warns(UserWarning, match="from 0 to 100.*got -0.5"):
        published.tell(published.ask(), -0.5)
    default = REINFORCE(SPACE, seed=0)
    default.tell(default.ask(), -0.5)
