"""What the names of strategies build."""

from types import SimpleNamespace

import numpy as np
import pytest

from nas_plugins.spaces import get_space
from nas_plugins.spaces.errors import InvalidArgument
from nas_plugins.strategies import BayesianOptimization, MetaD2A, WarmStart, get_strategy

IMAGES = [np.zeros((2, 8, 8, 3), np.uint8), np.ones((2, 8, 8, 3), np.uint8)]


@pytest.mark.parametrize("name", ["nasbench201", "mobilenetv3"])
def test_the_default_is_what_a_space_has_weights_for(name: str) -> None:
    """MetaD2A's thirty proposals where there are images, from the third on as the model chooses; five without."""
    space = get_space(name)
    seeing, blind = get_strategy("default", space, seed=0, images_by_class=IMAGES), get_strategy("default", space)
    assert isinstance(seeing, WarmStart)
    assert isinstance(seeing.first, MetaD2A)
    assert isinstance(seeing.then, BayesianOptimization)
    assert (seeing.proposals, seeing.in_order, seeing.diverse, seeing.follows) == (30, 2, 5, True)
    assert isinstance(blind, WarmStart)
    assert (blind.proposals, blind.in_order, blind.diverse, blind.follows) == (5, 5, 5, False)


@pytest.mark.parametrize(("then", "proposals"), [("bayesian", 30), ("dngo", 30), ("local_search", 5)])
def test_all_proposals_are_for_a_model_that_chooses_among_them(then: str, proposals: int) -> None:
    """Who chooses nothing gets the first five."""
    strategy = get_strategy(f"metad2a+{then}", get_space("nasbench201"), images_by_class=IMAGES)
    assert isinstance(strategy, WarmStart)
    assert strategy.proposals == proposals


@pytest.mark.parametrize(
    ("metrics", "followed"),
    [
        ({"pairs_within_task": 0.49}, False),
        ({"pairs_within_task": 0.55}, True),
        ({"pairs_within_task": 0.49, "pairs_ranked": 0.55}, True),
        ({"pairs_within_task": 0.55, "pairs_ranked": 0.49}, False),
        ({}, True),
    ],
)
def test_weights_are_followed_where_they_order_better_than_chance(
    metrics: dict[str, float], followed: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The whole ranking counts; of weights that do not say how it does, the predictors."""
    model = SimpleNamespace(about={"metrics": metrics})
    monkeypatch.setattr("nas_plugins.strategies.metad2a.metad2a._load", lambda weights, space: model)
    strategy = get_strategy("default", get_space("nasbench201"), images_by_class=IMAGES)
    assert isinstance(strategy, WarmStart if followed else BayesianOptimization)


@pytest.mark.parametrize("name", ["nasbench101", "darts"])
def test_other_spaces_are_searched_without_metad2a(name: str) -> None:
    """Twelve suggestions, all different, the last two from the model."""
    space = get_space(name)
    strategy = get_strategy("default", space, seed=0)
    assert isinstance(strategy, BayesianOptimization)
    asked = []
    for turn in range(12):
        asked.append(strategy.ask())
        strategy.tell(asked[-1], float(turn % 3))
    assert len(set(asked)) == 12


def test_unknown_names_are_refused() -> None:
    with pytest.raises(InvalidArgument, match="metad2a\\+bayesian"):
        get_strategy("magic", get_space("nasbench201"))
