"""MetaD2A's weights for MobileNetV3 rank by the kind of pictures, and a saved search remembers which kind it was."""

import numpy as np
import pytest

from nas_plugins.spaces import MobileNetV3
from nas_plugins.spaces.errors import InvalidState
from nas_plugins.strategies import MetaD2A
from nas_plugins.strategies.metad2a import MetaD2AModel

SPACE = MobileNetV3()


def drawings(seed: int = 0) -> list[np.ndarray]:
    """White paper with a few black strokes, two classes."""
    rng = np.random.default_rng(seed)
    images = np.full((2, 10, 32, 32, 3), 255, np.uint8)
    for image in images.reshape(20, 32, 32, 3):
        for position in rng.integers(4, 28, 4):
            image[position, 4:28] = 0
            image[4:28, position] = 0
    return list(images)


def colours(seed: int = 0) -> list[np.ndarray]:
    """Soft clouds of colour, two classes."""
    rng = np.random.default_rng(seed)
    small = rng.integers(0, 256, (2, 10, 4, 4, 3), np.uint8)
    return list(small.repeat(8, axis=2).repeat(8, axis=3))


@pytest.fixture(scope="module")
def searches() -> list[MetaD2A]:
    return [MetaD2A(SPACE, images, candidates=30, top=5, seed=0) for images in (drawings(), colours())]


def test_kinds_are_ranked_apart(searches: list[MetaD2A]) -> None:
    """Before proposing, one order for all; then the order of the pictures seen."""
    subnets = [SPACE.sample(np.random.default_rng(number)) for number in range(50)]
    common = MetaD2A(SPACE, drawings(), seed=0).prior_scores(subnets)
    scores = []
    for search in searches:
        _ = search.proposals
        scores.append(search.prior_scores(subnets))
    assert common is not None
    assert not np.allclose(scores[0], scores[1])
    assert not np.allclose(scores[0], common)
    for own in scores:  # a change of order, not another order
        assert np.corrcoef(own, common)[0, 1] > 0.3


def test_a_restored_search_knows_its_kind_without_pictures(searches: list[MetaD2A]) -> None:
    subnets = [SPACE.sample(np.random.default_rng(number)) for number in range(10)]
    state = searches[0].state_dict()
    restored = MetaD2A(SPACE, None)
    restored.load_state_dict(state)
    assert restored.state_dict() == state
    assert np.array_equal(restored.prior_scores(subnets), searches[0].prior_scores(subnets))


@pytest.mark.parametrize("place", [[], [0.5], [1.0, 2.0, 3.0], None])
def test_states_of_other_weights_get_the_order_for_all(searches: list[MetaD2A], place: list[float] | None) -> None:
    """Of an earlier version without kinds, or of weights with other axes."""
    subnets = [SPACE.sample(np.random.default_rng(number)) for number in range(10)]
    state = searches[0].state_dict()
    del state["place"]
    restored = MetaD2A(SPACE, None)
    restored.load_state_dict(state if place is None else state | {"place": place})
    assert np.array_equal(restored.prior_scores(subnets), MetaD2A(SPACE, None).prior_scores(subnets))


@pytest.mark.parametrize("place", [["north"], [float("nan"), 0.0], 7, [None, 1.0]])
def test_a_damaged_place_changes_nothing(searches: list[MetaD2A], place: object) -> None:
    state = searches[0].state_dict()
    with pytest.raises(InvalidState, match="damaged"):
        searches[0].load_state_dict(state | {"place": place})
    assert searches[0].state_dict() == state


def test_a_file_keeps_the_kinds(tmp_path) -> None:
    from nas_plugins.strategies.metad2a.metad2a import WEIGHTS

    model = MetaD2AModel.load(WEIGHTS / "mobilenetv3.safetensors", SPACE)
    model.save(tmp_path / "copy.safetensors")
    copy = MetaD2AModel.load(tmp_path / "copy.safetensors", SPACE)
    assert model.prior is not None
    assert copy.prior is not None
    for name, array in model.prior.arrays().items():
        assert np.array_equal(copy.prior.arrays()[name], array), name
    assert set(model.prior.arrays()) == {"coefficients", "mean", "directions", "slopes"}
