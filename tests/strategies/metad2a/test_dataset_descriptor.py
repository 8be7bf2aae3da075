"""Numbers that describe a dataset: what they say, and what they must not depend on."""

import numpy as np
import pytest

from nas_plugins.datasets import load_dataset
from nas_plugins.spaces.errors import InvalidDataset
from nas_plugins.strategies.metad2a.dataset_descriptor import DESCRIPTORS, describe


def described(images: list[np.ndarray], **counts: int) -> dict[str, float]:
    """By name; the features are colour means, which are quick."""
    features = [group.mean((1, 2)).astype(np.float32) for group in images]
    return dict(zip(DESCRIPTORS, describe(images, features, **counts), strict=True))


DIGITS = load_dataset("digits").images_by_class()


def test_every_name_has_a_finite_number() -> None:
    assert np.isfinite(list(described(DIGITS).values())).all()


def test_the_order_of_classes_changes_nothing() -> None:
    """What is computed of sets is the same however they are numbered."""
    forth, back = described(DIGITS), described(DIGITS[::-1])
    np.testing.assert_allclose(list(forth.values()), list(back.values()), rtol=1e-5, atol=1e-6)


def test_numbers_mean_what_they_are_called() -> None:
    """Digits: ten classes, grey, aligned, told apart by pixels; in noise of colour all of that is gone."""
    rng = np.random.default_rng(0)
    noise = [rng.integers(0, 256, (40, 8, 8, 3), dtype=np.uint8) for _ in range(10)]
    digits, chaos = described(DIGITS), described(noise)

    assert digits["log_classes"] == pytest.approx(np.log2(10))
    assert digits["colour"] == 0 < chaos["colour"]
    assert digits["alignment"] > 0.3 > chaos["alignment"]
    assert digits["pixel_accuracy"] > 0.7
    assert chaos["pixel_accuracy"] < 0.2


def test_pictures_in_a_light_of_their_own_show_it() -> None:
    """Darkening every picture by another factor raises the spread of brightness."""
    rng = np.random.default_rng(0)
    dimmed = [(group * rng.uniform(0.1, 1, (len(group), 1, 1, 1))).astype(np.uint8) for group in DIGITS]
    assert described(dimmed)["brightness_spread"] > 2 * described(DIGITS)["brightness_spread"]


def test_a_draw_says_how_many_there_are() -> None:
    """Counts given hold; without, the arrays are counted."""
    assert described(DIGITS, image_count=4096)["log_images"] == 12
    assert described(DIGITS)["log_images"] == pytest.approx(np.log2(sum(map(len, DIGITS))))


@pytest.mark.parametrize("images", [[], DIGITS[:1], [DIGITS[0], DIGITS[1][:0]]], ids=["none", "one", "empty"])
def test_too_few_classes_are_refused(images: list[np.ndarray]) -> None:
    with pytest.raises(InvalidDataset, match="two classes"):
        described(images)
