"""The value itself, the built-in digits, and what loading refuses whatever the kind."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nas_plugins.datasets import ImageDataset, load_dataset
from nas_plugins.spaces.errors import InvalidArgument, InvalidDataset
from tests.datasets.making import make, one_line


class TestImageDataset:
    """The value itself: what it refuses, and what it gives."""

    @pytest.mark.parametrize(
        ("change", "said"),
        [
            ({"images": np.zeros((2, 4, 4, 3), np.float32)}, "float32"),
            ({"images": np.zeros((2, 3, 4, 4), np.uint8)}, r"\(2, 3, 4, 4\)"),
            ({"images": np.zeros((2, 4, 4), np.uint8)}, r"\(2, 4, 4\)"),
            ({"images": np.zeros((2, 0, 4, 3), np.uint8)}, r"\(2, 0, 4, 3\)"),
            ({"images": np.zeros((0, 4, 4, 3), np.uint8), "labels": np.zeros(0, int)}, "at least one image"),
            ({"labels": np.zeros(3, int)}, "2 in all"),
            ({"labels": np.array([0.0, 1.0])}, "float64"),
            ({"labels": np.array([True, False])}, "bool"),
            ({"labels": np.array([0, -3])}, "got -3 at position 1"),
            ({"labels": np.array([0, 2])}, "below 2"),
            ({"class_names": ("only",), "labels": np.zeros(2, int)}, "at least two classes"),
            ({"split": np.zeros(2, np.uint8)}, "training and test"),
            ({"split": np.array([0, 2], np.uint8)}, r"values \[0, 2\]"),
            ({"split": np.array([0], np.uint8)}, r"shape \(1,\)"),
            ({"split": np.array([0, 1], np.uint8)}, "'b' has only test images"),
        ],
    )
    def test_refuses_what_does_not_fit_together(self, change: dict, said: str) -> None:
        """Each inconsistency is named in one line."""
        fields = {"images": np.zeros((2, 4, 4, 3), np.uint8), "labels": np.array([0, 1]), "class_names": ("a", "b")}
        with pytest.raises(InvalidDataset, match=said) as error:
            ImageDataset("made", **(fields | change))
        assert "made" in one_line(error)

    def test_images_by_class_gives_each_image_to_its_class(self) -> None:
        """Every image appears once, under its own label, in its original order; absent classes are empty."""
        by_class = make([2, 0, 2, 2, 0], names=("a", "b", "c")).images_by_class()
        assert [images[:, 0, 0, 0].tolist() for images in by_class] == [[1, 4], [], [0, 2, 3]]
        assert by_class[1].shape == (0, 4, 4, 3)

    def test_labels_become_int64_whatever_integers_come(self) -> None:
        dataset = ImageDataset("made", np.zeros((2, 4, 4, 3), np.uint8), np.array([0, 1], np.uint8), ("a", "b"))
        assert dataset.labels.dtype == np.int64

    @given(
        labels=st.lists(st.integers(0, 4), min_size=2, max_size=60).filter(
            lambda labels: len(set(labels)) < len(labels)
        ),
        fraction=st.floats(0.01, 0.99),
        seed=st.integers(0, 99),
    )
    @settings(deadline=None)
    def test_a_drawn_split_is_a_partition_that_keeps_every_class(
        self, labels: list[int], fraction: float, seed: int
    ) -> None:
        """Each image is in one part; no class loses its training images; class shares are rounded."""
        dataset = make(labels, names=("a", "b", "c", "d", "e"))
        train, test = dataset.train_test(seed, fraction)
        positions = [part.images[:, 0, 0, 0].tolist() for part in (train, test)]
        assert sorted(positions[0] + positions[1]) == list(range(len(labels)))
        assert set(train.labels) == set(labels)
        assert len(test) > 0
        for part, held in zip((train, test), positions, strict=True):
            assert [labels[position] for position in held] == part.labels.tolist()
        rounded = {label: int(labels.count(label) * fraction + 0.5) for label in set(labels)}
        if any(min(rounded[label], labels.count(label) - 1) for label in rounded):
            for label, wanted in rounded.items():
                assert (test.labels == label).sum() == min(wanted, labels.count(label) - 1)

    def test_a_drawn_split_follows_its_seed(self) -> None:
        dataset = make([0, 1] * 50)
        first, again, other = (dataset.train_test(seed)[1].images for seed in (1, 1, 2))
        assert np.array_equal(first, again)
        assert not np.array_equal(first, other)  # equal with probability 1 / C(50, 10)^2

    def test_its_own_split_is_honoured(self) -> None:
        train, test = make([0, 1, 0, 1, 1], split=[0, 0, 1, 1, 0]).train_test(seed=5, test_fraction=0.9)
        assert train.images[:, 0, 0, 0].tolist() == [0, 1, 4]
        assert test.images[:, 0, 0, 0].tolist() == [2, 3]
        assert train.split is None
        assert test.split is None

    def test_nothing_can_be_held_out_of_single_images(self) -> None:
        with pytest.raises(InvalidDataset, match="two or more images") as error:
            make([0, 1, 2]).train_test()
        one_line(error)

    @pytest.mark.parametrize("fraction", [0.0, 1.0, -0.1, float("nan")])
    def test_fractions_out_of_range_are_refused(self, fraction: float) -> None:
        with pytest.raises(InvalidArgument, match="between 0 and 1"):
            make([0, 1, 0]).train_test(test_fraction=fraction)

    def test_resizing_averages_and_keeps_the_rest(self) -> None:
        """Halving a checkerboard gives its mean; labels, names and split stay."""
        board = np.indices((8, 8)).sum(0) % 2 * 200
        images = np.stack([board, board, board], -1).astype(np.uint8)[None].repeat(3, 0)
        dataset = ImageDataset("made", images, np.array([0, 1, 1]), ("a", "b"), np.array([0, 0, 1], np.uint8))
        small = dataset.resized(4)
        assert small.images.shape == (3, 4, 4, 3)
        assert np.abs(small.images[:, 1:-1, 1:-1].astype(int) - 100).max() <= 2
        assert small.split is not None
        assert small.split.tolist() == [0, 0, 1]
        assert dataset.resized(8) is dataset
        with pytest.raises(InvalidArgument, match="at least 1 pixel"):
            dataset.resized(0)


class TestDigits:
    """The built-in dataset."""

    def test_is_the_whole_of_it_in_rgb(self) -> None:
        digits = load_dataset("digits")
        assert len(digits) == 1797
        assert digits.images.shape == (1797, 8, 8, 3)
        assert digits.class_names == tuple("0123456789")
        assert digits.images.max() == 255
        assert np.array_equal(digits.images[..., 0], digits.images[..., 2])
        assert load_dataset("digits", 32).images.shape == (1797, 32, 32, 3)


@pytest.mark.parametrize("name", ["digit", "./digits", "no/such/folder", "data.npz"])
def test_unknown_names_and_missing_paths(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InvalidDataset, match="found nothing at") as error:
        load_dataset(name)
    assert name in one_line(error)


def test_image_size_below_one(folder: Path) -> None:
    with pytest.raises(InvalidArgument, match="at least 1 pixel"):
        load_dataset(folder, 0)
