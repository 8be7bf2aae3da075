"""The images a supernet is trained on: classes joined, evened out, some held out."""

import numpy as np
import pytest

from nas_plugins.datasets import ImageDataset
from nas_plugins.datasets.joining import join, prefixed
from nas_plugins.evaluation.supernet_images import SupernetImages
from nas_plugins.spaces.errors import InvalidDataset


def dataset(name: str, names: list[str], each: int, size: int = 8, seed: int = 0) -> ImageDataset:
    labels = np.repeat(np.arange(len(names)), each)
    images = np.random.default_rng(seed).integers(0, 256, (len(labels), size, size, 3), dtype=np.uint8)
    return ImageDataset(name, images, labels, tuple(names))


def wordnet(first: int, count: int) -> list[str]:
    return [f"n{number:08d}:thing" for number in range(first, first + count)]


def test_classes_of_one_name_are_joined_and_others_carry_their_dataset() -> None:
    parts = [dataset("a", [*wordnet(1, 2), "0"], 3), dataset("b", [*wordnet(2, 2), "0"], 3, seed=1)]
    joined = join([prefixed(part) for part in parts])
    assert joined.class_names == (*wordnet(1, 2), "a/0", wordnet(3, 1)[0], "b/0")
    counts = dict(zip(joined.class_names, np.bincount(joined.labels), strict=True))
    assert counts[wordnet(2, 1)[0]] == 6
    assert counts["a/0"] == counts["b/0"] == 3
    with pytest.raises(InvalidDataset, match="one size"):
        join([dataset("a", ["x", "y"], 2), dataset("b", ["x", "y"], 2, size=9)])


def test_classes_of_two_datasets_of_one_name_are_not_merged() -> None:
    """Both are named; classes of WordNet may be shared, and classes of other names are no harm."""
    one, other = dataset("a", ["cat", "dog"], 30), dataset("a", ["0", "cat"], 30, size=9, seed=1)
    with pytest.raises(InvalidDataset, match=r"8x8 pixels.*9x9 pixels.*'cat'.*'a/cat'.*rename"):
        SupernetImages.gather([one, other])
    parts = SupernetImages.gather([dataset("a", wordnet(1, 2), 30), dataset("a", [*wordnet(2, 2), "x"], 30)])
    assert parts.train.class_names == (*wordnet(1, 3), "a/x")


def test_only_n_and_eight_digits_are_an_id_of_wordnet() -> None:
    names = ["n1", "n20", "n0144076", "n014407641", "n01440764", "n01440764_tench", "n\u0661" + "1" * 7]
    assert prefixed(dataset("signs", names, 1)).class_names == (
        "signs/n1", "signs/n20", "signs/n0144076", "signs/n014407641", "n01440764", "n01440764_tench",
        "signs/n\u0661" + "1" * 7,
    )  # fmt: skip
    joined = SupernetImages.gather([dataset("signs", ["n1", "n2"], 30), dataset("noses", ["n1", "n20"], 30)])
    assert joined.train.class_names == ("signs/n1", "signs/n2", "noses/n1", "noses/n20")


def test_held_out_classes_are_in_no_part_whatever_dataset_they_come_from() -> None:
    big, extra = dataset("big", wordnet(0, 100), 12), dataset("extra", wordnet(0, 30), 12, seed=1)
    small = dataset("small", ["0", "1"], 40, size=16)
    images = SupernetImages.gather([big, extra, small], most=15, least=5, held_out_share=0.3)
    assert len(images.held_out) == 30
    for part in (images.train, images.validation):
        assert not set(images.held_out) & set(part.class_names)
        assert part.class_names[-2:] == ("small/0", "small/1")
        assert part.image_size == (8, 8)
    assert np.bincount(images.train.labels).max() == 15
    seen = {image.tobytes() for image in images.train.images}
    assert not any(image.tobytes() in seen for image in images.validation.images)


def test_all_take_the_size_asked_for_or_the_first_ones() -> None:
    parts = [dataset("a", ["x", "y"], 30), dataset("b", ["z", "w"], 30, size=16)]
    assert SupernetImages.gather(parts).train.image_size == (8, 8)
    assert SupernetImages.gather(parts, size=16).validation.image_size == (16, 16)


def test_rare_classes_are_left_out_and_nothing_left_is_refused() -> None:
    images = SupernetImages.gather([dataset("a", ["x", "y"], 30), dataset("b", ["z", "w"], 6)], least=20)
    assert images.train.class_names == ("a/x", "a/y")
    with pytest.raises(InvalidDataset, match="two classes of at least 20"):
        SupernetImages.gather([dataset("b", ["z", "w"], 6)], least=20)
