"""The zero-shot strategy with the weights that ship: whatever the images, sensible proposals."""

import warnings

import numpy as np
import pytest

from nas_plugins.spaces import NASBench201
from nas_plugins.spaces.errors import InvalidArgument, InvalidState, SearchExhausted
from nas_plugins.strategies import MetaD2A

SPACE = NASBench201()


def noise(classes, per_class=4, size=16):
    """Pictures of noise, one array per class."""
    rng = np.random.default_rng(0)
    return [rng.integers(0, 256, (per_class, size, size, 3), np.uint8) for _ in range(classes)]


def test_proposals_are_ranked_distinct_members():
    """Best prediction first, thirty by default, no two known to compute the same function."""
    proposals = MetaD2A(SPACE, noise(3), seed=0).proposals
    predictions = [proposal.predicted_accuracy for proposal in proposals]

    assert len(proposals) == 30
    assert predictions == sorted(predictions, reverse=True)
    assert all(SPACE.contains(proposal.architecture) for proposal in proposals)
    assert len({SPACE.canonical_form(proposal.architecture) for proposal in proposals}) == 30


def test_asks_follow_the_ranking_then_end():
    strategy = MetaD2A(SPACE, noise(2), candidates=20, top=4, seed=0)
    asked = [strategy.ask() for _ in range(4)]

    assert asked == [proposal.architecture for proposal in strategy.proposals]
    assert [strategy.prediction(a) for a in asked] == [p.predicted_accuracy for p in strategy.proposals]
    with pytest.raises(SearchExhausted, match="raise `top`"):
        strategy.ask()


@pytest.mark.parametrize("classes", [2, 25, 3000])
def test_any_number_of_classes(classes):
    assert MetaD2A(SPACE, noise(classes, per_class=1, size=8), candidates=20, top=3, seed=0).proposals


def test_one_class_is_refused():
    with pytest.raises(InvalidArgument, match="at least two classes"):
        _ = MetaD2A(SPACE, noise(1)).proposals


def test_without_images_it_says_so():
    """No images: proposals for the average source task, and a warning that this is what they are."""
    with pytest.warns(UserWarning, match="no images"):
        proposals = MetaD2A(SPACE, None, candidates=20, top=3, seed=0).proposals

    assert len(proposals) == 3


def test_different_data_can_get_different_predictions():
    """The predictor looks at the images: black squares and noise are not predicted alike."""
    black = [np.zeros((4, 16, 16, 3), np.uint8), np.full((4, 16, 16, 3), 3, np.uint8)]
    predictions = [MetaD2A(SPACE, images, seed=0).proposals[0].predicted_accuracy for images in (black, noise(2))]

    assert abs(predictions[0] - predictions[1]) > 0.01


def test_state_goes_on_without_images_or_weights(tmp_path):
    strategy = MetaD2A(SPACE, noise(2), candidates=20, top=6, seed=0)
    asked = [strategy.ask() for _ in range(2)]
    restored = MetaD2A(SPACE, None, weights=tmp_path / "absent.safetensors")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        restored.load_state_dict(strategy.state_dict())

        assert [restored.ask() for _ in range(4)] == [strategy.ask() for _ in range(4)]
    assert not set(asked) & {p.architecture for p in restored.proposals[2:]}


def test_damaged_state_changes_nothing():
    strategy = MetaD2A(SPACE, noise(2), candidates=20, top=6, seed=0)
    state = strategy.state_dict()
    with pytest.raises(InvalidState, match="damaged"):
        strategy.load_state_dict(state | {"proposals": [["nonsense", 1.0]]})

    assert strategy.state_dict() == state


@pytest.mark.parametrize(("candidates", "top"), [(5, 6), (5, 0)])
def test_numbers_out_of_range_are_refused(candidates, top):
    with pytest.raises(InvalidArgument, match="1 <= top <= candidates"):
        MetaD2A(SPACE, None, candidates=candidates, top=top)


def test_proposals_for_cifar_are_far_better_than_chance(shared_data):
    """Top-1 over three seeds on pictures of CIFAR-10, by the real table: above 93.5 % test accuracy.

    2.6 % of all cells reach that, so that three random picks would pass with probability 2e-5.
    """
    import csv

    from nas_plugins.datasets import load_dataset

    with (shared_data / "nasbench201" / "nb201_accuracies.csv").open(newline="") as file:
        test = {row["arch_str"]: float(row["c10_test_e200_mean"]) for row in csv.DictReader(file)}
    images = load_dataset(shared_data / "images" / "cifar10.npz").train_test()[0].images_by_class()
    best = [test[str(MetaD2A(SPACE, images, seed=seed).proposals[0].architecture)] for seed in range(3)]

    assert min(best) > 93.5
