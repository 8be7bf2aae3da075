"""What a source database is collected from: plans that repeat, tasks that can be measured, styles."""

import itertools

import numpy as np
import pytest

from nas_plugins.datasets import ImageDataset, load_dataset
from nas_plugins.evaluation.collection_plan import CollectionPlan
from nas_plugins.evaluation.collection_settings import CollectionSettings
from nas_plugins.evaluation.source_task import SourceTask
from nas_plugins.evaluation.styles import STYLES, restyle
from nas_plugins.spaces import NASBench201
from nas_plugins.spaces.errors import InvalidArgument, InvalidDataset

SETTINGS = CollectionSettings(images=200, architectures=3)


def plan(settings: CollectionSettings = SETTINGS) -> CollectionPlan:
    return CollectionPlan(NASBench201(), [load_dataset("digits")], settings)


def test_the_same_settings_give_the_same_plan() -> None:
    """A collection goes on where another ended, whatever length was asked for."""
    long, short = list(itertools.islice(plan(), 30)), list(itertools.islice(plan(), 10))
    assert long[:10] == short
    assert list(itertools.islice(plan(CollectionSettings(images=200, architectures=3, seed=1)), 10)) != short


def test_a_task_draws_the_same_images_and_parts_them() -> None:
    """Train and test share no picture, every class is in both, and a second draw is the first."""
    digits = load_dataset("digits")
    numbered = ImageDataset("digits", digits.images.copy(), digits.labels, digits.class_names)
    numbered.images[:, 0, 0, 0] = np.arange(len(digits)) % 251
    numbered.images[:, 0, 1, 0] = np.arange(len(digits)) // 251
    task = SourceTask("digits", ("1", "5", "8"), 90, 4)
    first, second = task.draw(numbered), task.draw(numbered)
    np.testing.assert_array_equal(first.images, second.images)
    train, test = first.train_test()
    names = [{(int(i[0, 0, 0]), int(i[0, 1, 0])) for i in part.images} for part in (train, test)]
    assert not names[0] & names[1]
    assert np.bincount(train.labels).tolist() == [30, 30, 30]
    assert set(test.labels.tolist()) == {0, 1, 2}


def test_a_task_of_another_dataset_is_refused() -> None:
    """The message names what was wanted."""
    with pytest.raises(InvalidDataset, match="fish"):
        SourceTask("fish", ("1", "2"), 10, 0).draw(load_dataset("digits"))


@pytest.mark.parametrize("style", list(STYLES))
def test_styles_keep_pictures_pictures(style: str) -> None:
    """As many uint8 images, of the same size, drawn alike from the same seed."""
    images = load_dataset("digits").images[:9]
    seen = [restyle(images, style, np.random.default_rng(3)) for _ in range(2)]
    assert seen[0].shape == images.shape
    assert seen[0].dtype == np.uint8
    np.testing.assert_array_equal(*seen)
    # Digits are grey already.
    assert (seen[0] == images).all() == (style in ("plain", "grey"))


def test_bad_settings_are_refused() -> None:
    """Each message says what came."""
    with pytest.raises(InvalidArgument, match="styles"):
        CollectionSettings(styles=("cubist",))
    with pytest.raises(InvalidArgument, match="least_epochs"):
        CollectionSettings(least_epochs=9, most_epochs=3)
    with pytest.raises(InvalidArgument, match="dataset"):
        CollectionPlan(NASBench201(), [])
