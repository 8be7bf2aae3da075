"""Labelled images come in whole, or with one clear line about what is wrong."""

import warnings
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from nas_plugins.datasets import ImageDataset, load_dataset
from nas_plugins.datasets.image_dataset import TEST
from nas_plugins.spaces.errors import InvalidArgument, InvalidDataset
from tests.stripes import SIZE, stripes_folder

RED, WHITE = (255, 0, 0), (255, 255, 255)


def one_line(error: pytest.ExceptionInfo[Exception]) -> str:
    message = str(error.value)
    assert "\n" not in message
    return message


def paint(path: Path, color: object = RED, *, mode: str = "RGB", size: tuple[int, int] = (8, 6)) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new(mode, size, color).save(path)
    return path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two class folders, three and two pictures."""
    for name, count in (("cat", 3), ("dog", 2)):
        for number in range(count):
            paint(tmp_path / "pets" / name / f"{number}.png", (number, 100, 200))
    return tmp_path / "pets"


def make(labels: list[int], *, split: list[int] | None = None, names: tuple[str, ...] | None = None) -> ImageDataset:
    """A dataset whose every image carries its position in its pixels."""
    images = np.arange(len(labels), dtype=np.uint8)[:, None, None, None].repeat(4, 1).repeat(4, 2).repeat(3, 3)
    names = tuple(map(str, range(max(labels) + 1))) if names is None else names
    return ImageDataset("made", images, np.array(labels), names, None if split is None else np.array(split, np.uint8))


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


class TestFolder:
    """A folder of class folders."""

    def test_class_folders_become_classes(self, folder: Path) -> None:
        dataset = load_dataset(folder)
        assert dataset.name == "pets"
        assert dataset.class_names == ("cat", "dog")
        assert dataset.labels.tolist() == [0, 0, 0, 1, 1]
        assert dataset.images.shape == (5, 32, 32, 3)
        assert dataset.images[:, 0, 0].tolist() == [[n, 100, 200] for n in (0, 1, 2, 0, 1)]
        assert load_dataset(str(folder), image_size=16).image_size == (16, 16)

    def test_pictures_are_read_in_the_size_they_are_needed_in(self, tmp_path: Path) -> None:
        """Above 32 pixels nothing is enlarged from 32; an image size of its own and other datasets are as ever."""
        folder = stripes_folder(tmp_path / "stripes", each=2)
        whole = load_dataset(folder, folder_size=SIZE)
        assert np.array_equal(whole.images, load_dataset(folder, SIZE).images)
        assert np.ptp(whole.images[0, :, 0].astype(int), axis=0).min() > 30
        assert load_dataset(folder, folder_size=16).image_size == (32, 32)
        assert load_dataset(folder, 16, folder_size=SIZE).image_size == (16, 16)
        assert load_dataset("digits", folder_size=SIZE).image_size == (8, 8)
        with pytest.raises(InvalidArgument, match="at least 1 pixel"):
            load_dataset(folder, folder_size=0)

    def test_other_files_hidden_files_and_depth(self, folder: Path) -> None:
        """Text, hidden pictures and hidden folders are passed over; deeper pictures belong to their class."""
        (folder / "cat" / "notes.txt").write_text("mine")
        (folder / "README.md").write_text("pets")
        paint(folder / "cat" / ".hidden.png")
        paint(folder / ".cache" / "x.png")
        paint(folder / "dog" / "puppies" / "y.JPG")
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            dataset = load_dataset(folder)
        assert np.bincount(dataset.labels).tolist() == [3, 3]

    @pytest.mark.parametrize(
        ("mode", "color", "suffix", "wanted"),
        [
            ("L", 77, ".png", (77, 77, 77)),
            ("1", 1, ".png", WHITE),
            ("LA", (0, 0), ".png", WHITE),
            ("RGBA", (255, 0, 0, 255), ".png", RED),
            ("RGBA", (255, 0, 0, 0), ".png", WHITE),
            ("RGBA", (255, 0, 0, 51), ".webp", (255, 204, 204)),
            ("CMYK", (0, 255, 255, 0), ".tif", RED),
            ("I;16", 65535, ".png", WHITE),
            ("I;16", 257 * 40, ".tif", (40, 40, 40)),
            ("P", 3, ".gif", None),
            ("RGB", (10, 200, 30), ".bmp", (10, 200, 30)),
        ],
    )
    def test_every_kind_of_picture_becomes_rgb(
        self, folder: Path, mode: str, color: object, suffix: str, wanted: tuple[int, ...] | None
    ) -> None:
        """Grey, bitmap, alpha on white, CMYK, 16 bits and palettes."""
        picture = Image.new(mode, (9, 5), color)
        if mode == "P":
            picture.putpalette([0, 0, 0, 1, 1, 1, 2, 2, 2, 12, 34, 56])
            wanted = (12, 34, 56)
        picture.save(folder / "cat" / f"a{suffix}", **({"lossless": True} if suffix == ".webp" else {}))
        for number in range(3):
            (folder / "cat" / f"{number}.png").unlink()
        image = load_dataset(folder).images[0].astype(int)
        assert np.abs(image - np.array(wanted)).max() <= 2

    @pytest.mark.parametrize(("values", "grey"), [((0.0, 1.0, 0.5), 128), ((0.0, 255.0, 40.0), 40)])
    def test_grey_of_floating_point_numbers_is_not_black(
        self, folder: Path, values: tuple[float, ...], grey: int
    ) -> None:
        """From 0 to 1 it is stretched, from 0 to 255 taken as it is."""
        columns = np.repeat(np.array(values, np.float32), 32)
        Image.fromarray(np.tile(columns, (32, 1))).save(folder / "cat" / "0.tif")
        (folder / "cat" / "0.png").unlink()
        row = load_dataset(folder, 96).images[0, 48]
        assert row[[10, 48, 86]].tolist() == [[0] * 3, [255] * 3, [grey] * 3]

    @pytest.mark.parametrize("value", [-1.0, 3000.0, np.nan])
    def test_measurements_are_no_pictures(self, folder: Path, value: float) -> None:
        """Nobody said what is white among floating-point numbers beyond 0 to 255: they are left out and counted."""
        values = np.full((8, 8), 0.5, np.float32)
        values[0, 0] = value
        Image.fromarray(values).save(folder / "cat" / "0.tif")
        with pytest.warns(UserWarning, match=r"1 of 6 pictures .*0\.tif.*wanted grey from 0 to 1 or from 0 to 255"):
            assert len(load_dataset(folder)) == 5

    def test_transparent_palettes_are_laid_on_white(self, folder: Path) -> None:
        picture = Image.new("P", (8, 8), 0)
        picture.putpalette([200, 0, 0])
        picture.save(folder / "cat" / "0.png", transparency=0)
        assert (load_dataset(folder).images[0] == 255).all()

    def test_the_cameras_orientation_is_applied(self, folder: Path) -> None:
        """Stored with its top to the right and marked so, a picture comes back with its top up."""
        upright = np.zeros((40, 20, 3), np.uint8)
        upright[:20] = 255
        exif = Image.Exif()
        exif[0x0112] = 6
        Image.fromarray(np.rot90(upright).copy()).save(folder / "cat" / "0.jpg", exif=exif, quality=95)
        (folder / "cat" / "0.png").unlink()
        image = load_dataset(folder).images[0]
        assert image[:12].min() > 200
        assert image[-12:].max() < 55

    def test_large_pictures_are_averaged_not_sampled(self, folder: Path) -> None:
        """A fine checkerboard becomes even grey, so small details do not flicker into the small picture."""
        board = (np.indices((640, 640)).sum(0) % 2 * 255).astype(np.uint8)
        Image.fromarray(board).save(folder / "cat" / "0.png")
        assert np.abs(load_dataset(folder).images[0].astype(int) - 127).max() <= 8

    def test_broken_pictures_are_left_out_and_counted(self, folder: Path) -> None:
        """One warning, with their number and the first of them."""
        whole = (folder / "cat" / "1.png").read_bytes()
        (folder / "cat" / "1.png").write_bytes(whole[: len(whole) // 2])
        (folder / "dog" / "1.png").write_bytes(b"no picture")
        with pytest.warns(UserWarning, match=r"2 of 5 pictures .* first .*1\.png") as caught:
            dataset = load_dataset(folder)
        assert len(caught) == 1
        assert np.bincount(dataset.labels).tolist() == [2, 1]

    def test_pixel_bombs_count_as_broken(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """Above Pillow's limit nothing is decoded."""
        paint(folder / "cat" / "3.png", size=(40, 40))
        monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 1000)
        with pytest.warns(UserWarning, match=r"1 of 6 pictures .*DecompressionBomb"):
            assert len(load_dataset(folder)) == 5

    def test_a_class_lost_to_broken_pictures_is_refused(self, folder: Path) -> None:
        for picture in (folder / "dog").iterdir():
            picture.write_bytes(b"")
        with pytest.raises(InvalidDataset, match="all of 'dog' are broken") as error:
            load_dataset(folder)
        one_line(error)

    def test_all_broken_is_refused(self, folder: Path) -> None:
        for picture in folder.rglob("*.png"):
            picture.write_bytes(b"")
        with pytest.raises(InvalidDataset, match="all 5 are broken"):
            load_dataset(folder)

    def test_empty_class_folders_are_left_out_with_a_warning(self, folder: Path) -> None:
        (folder / "emu").mkdir()
        with pytest.warns(UserWarning, match=r"1 class folder\(s\) without pictures .*emu"):
            assert load_dataset(folder).class_names == ("cat", "dog")

    @pytest.mark.parametrize("test_name", ["test", "val", "Validation"])
    def test_train_and_test_folders_are_a_split(self, tmp_path: Path, test_name: str) -> None:
        for part, count in (("train", 2), (test_name, 1)):
            for name in ("cat", "dog"):
                for number in range(count):
                    paint(tmp_path / part / name / f"{number}.png")
        dataset = load_dataset(tmp_path)
        assert dataset.class_names == ("cat", "dog")
        train, test = dataset.train_test()
        assert (len(train), len(test)) == (4, 2)

    def test_test_folder_wins_over_validation_and_says_so(self, tmp_path: Path) -> None:
        for part, count in (("train", 2), ("val", 3), ("test", 1)):
            for name in ("cat", "dog"):
                for number in range(count):
                    paint(tmp_path / part / name / f"{number}.png")
        with pytest.warns(UserWarning, match="val left out"):
            dataset = load_dataset(tmp_path)
        assert dataset.split is not None
        assert (dataset.split == TEST).sum() == 2

    def test_a_class_only_in_the_test_folder_is_left_out_with_a_warning(self, folder: Path, tmp_path: Path) -> None:
        folder.rename(tmp_path / "train")
        for name in ("cat", "dog", "emu"):
            paint(tmp_path / "test" / name / "0.png")
        with pytest.warns(UserWarning, match="without training images left out, the first 'emu'"):
            dataset = load_dataset(tmp_path)
        assert dataset.class_names == ("cat", "dog")
        assert len(dataset) == 7

    def test_a_train_folder_alone_is_no_split(self, folder: Path, tmp_path: Path) -> None:
        folder.rename(tmp_path / "train")
        dataset = load_dataset(tmp_path)
        assert dataset.class_names == ("cat", "dog")
        assert dataset.split is None

    def test_a_class_may_be_called_train(self, folder: Path) -> None:
        paint(folder / "train" / "0.png")
        paint(folder / "test" / "0.png")
        assert load_dataset(folder).class_names == ("cat", "dog", "test", "train")

    @pytest.mark.parametrize("parts", [("train",), ("train", "test"), ("val",)])
    def test_folders_of_a_split_beside_classes_are_classes(self, folder: Path, parts: tuple[str, ...]) -> None:
        """Cars and planes do not vanish beside trains of two kinds, which are one class; a warning says so."""
        for part in parts:
            for name in ("diesel", "steam"):
                paint(folder / part / name / "old" / "0.png")
        with pytest.warns(UserWarning, match=r"taken as classes and not as a split, because cat, dog beside"):
            dataset = load_dataset(folder)
        assert dataset.class_names == ("cat", "dog", *sorted(parts))
        assert np.bincount(dataset.labels).tolist() == [3, 2, *(2 for _ in parts)]
        assert dataset.split is None

    def test_folders_without_pictures_beside_a_split_change_nothing(self, folder: Path, tmp_path: Path) -> None:
        folder.rename(tmp_path / "train")
        paint(tmp_path / "test" / "cat" / "0.png")
        (tmp_path / "labels" / "old").mkdir(parents=True)
        (tmp_path / "labels" / "list.txt").write_text("cat")
        assert load_dataset(tmp_path).class_names == ("cat", "dog")

    @pytest.mark.parametrize("parts", [("test",), ("test", "val")])
    def test_a_split_without_a_training_part_is_refused(self, tmp_path: Path, parts: tuple[str, ...]) -> None:
        """Its parts are no classes."""
        for part in parts:
            for name in ("cat", "dog"):
                paint(tmp_path / part / name / "0.png")
        with pytest.raises(InvalidDataset, match=rf"wanted a folder train .* beside {' and '.join(parts)} in") as error:
            load_dataset(tmp_path)
        assert one_line(error).endswith(f"as in {tmp_path / 'test'}")
        assert load_dataset(tmp_path / "test").class_names == ("cat", "dog")

    def test_pictures_without_class_folders(self, tmp_path: Path) -> None:
        paint(tmp_path / "a.png")
        with pytest.raises(InvalidDataset, match="without class folders") as error:
            load_dataset(tmp_path)
        one_line(error)

    def test_nothing_in_the_folder(self, tmp_path: Path) -> None:
        with pytest.raises(InvalidDataset, match="found none") as error:
            load_dataset(tmp_path)
        one_line(error)

    def test_one_class(self, tmp_path: Path) -> None:
        paint(tmp_path / "cat" / "a.png")
        with pytest.raises(InvalidDataset, match="only 'cat'") as error:
            load_dataset(tmp_path)
        one_line(error)

    def test_three_thousand_classes(self, tmp_path: Path) -> None:
        """Each folder its own class, in the order of their names."""
        content = paint(tmp_path / "one.png").read_bytes()
        for number in range(3000):
            (tmp_path / "many" / f"{number:04}").mkdir(parents=True)
            (tmp_path / "many" / f"{number:04}" / "a.png").write_bytes(content)
        dataset = load_dataset(tmp_path / "many", 8)
        assert dataset.num_classes == 3000
        assert dataset.labels.tolist() == list(range(3000))
        assert len(dataset.images_by_class()) == 3000


class TestArchive:
    """An .npz file."""

    @staticmethod
    def save(path: Path, **arrays: object) -> Path:
        whole: dict = {"images": np.zeros((4, 5, 6, 3), np.uint8), "labels": np.array([0, 1, 1, 0])}
        np.savez(path / "data.npz", **{k: v for k, v in (whole | arrays).items() if v is not None})
        return path / "data.npz"

    def test_round_trip(self, tmp_path: Path) -> None:
        images = np.random.default_rng(0).integers(0, 256, (4, 5, 6, 3), np.uint8)
        path = self.save(tmp_path, images=images, class_names=np.array(["a", "b"]), split=np.array([0, 0, 1, 1]))
        dataset = load_dataset(path)
        assert dataset.name == "data"
        assert np.array_equal(dataset.images, images)
        assert dataset.class_names == ("a", "b")
        assert dataset.split is not None
        assert dataset.split.tolist() == [0, 0, 1, 1]
        assert load_dataset(path, 16).image_size == (16, 16)

    @pytest.mark.parametrize("shape", [(4, 5, 6), (4, 5, 6, 1)])
    def test_grey_becomes_rgb(self, tmp_path: Path, shape: tuple[int, ...]) -> None:
        dataset = load_dataset(self.save(tmp_path, images=np.full(shape, 9, np.uint8)))
        assert dataset.images.shape == (4, 5, 6, 3)
        assert (dataset.images == 9).all()

    def test_alpha_is_laid_on_white(self, tmp_path: Path) -> None:
        images = np.zeros((4, 5, 6, 4), np.uint8)
        images[..., 3] = np.array([255, 0, 51, 255])[:, None, None]
        assert load_dataset(self.save(tmp_path, images=images)).images[:, 0, 0, 0].tolist() == [0, 255, 204, 0]

    def test_gaps_between_labels_are_closed(self, tmp_path: Path) -> None:
        path = self.save(tmp_path, labels=np.array([7, 2, 2, 7]), class_names=np.array(list("abcdefgh")))
        dataset = load_dataset(path)
        assert dataset.class_names == ("c", "h")
        assert dataset.labels.tolist() == [1, 0, 0, 1]
        assert load_dataset(self.save(tmp_path, labels=np.array([[70000], [2], [2], [2]]))).class_names == (
            "2",
            "70000",
        )

    def test_classes_only_in_the_test_part_are_left_out_with_a_warning(self, tmp_path: Path) -> None:
        path = self.save(tmp_path, labels=np.array([0, 1, 2, 1]), split=np.array([0, 0, 1, 1]))
        with pytest.warns(UserWarning, match="the first '2'"):
            assert load_dataset(path).labels.tolist() == [0, 1, 1]

    @pytest.mark.parametrize(
        ("arrays", "said"),
        [
            ({"images": None}, "images missing"),
            ({"labels": None}, "labels missing"),
            ({"images": np.zeros((4, 5, 6, 3), np.float32)}, "float32"),
            ({"images": np.zeros((4, 3, 5, 6), np.uint8)}, "channels last"),
            ({"images": np.zeros((4, 5), np.uint8)}, r"\(4, 5\)"),
            ({"images": np.zeros((0, 5, 6, 3), np.uint8), "labels": np.zeros(0, int)}, "found none"),
            ({"labels": np.zeros(3, int)}, "4 in all"),
            ({"labels": np.array([0, 1, -1, 0])}, "got -1 at position 2"),
            ({"labels": np.array([0.0, 1.0, 1.0, 0.0])}, "float64"),
            ({"labels": np.zeros(4, int)}, "only '0'"),
            ({"labels": np.array(["a", "b", None, "c"], object)}, "object"),
            ({"class_names": np.array(["a"])}, "1 names and the label 1"),
            ({"class_names": np.zeros((2, 2))}, "list of texts"),
            ({"split": np.array([0, 1, 2, 0])}, "0 .train. or 1 .test."),
            ({"split": np.array([0, 1])}, r"shape \(2,\)"),
        ],
    )
    def test_wrong_arrays(self, tmp_path: Path, arrays: dict, said: str) -> None:
        """Each mistake is named in one line that carries the path."""
        with pytest.raises(InvalidDataset, match=said) as error:
            load_dataset(self.save(tmp_path, **arrays))
        assert "data" in one_line(error)

    def test_truncated_and_foreign_files(self, tmp_path: Path) -> None:
        whole = self.save(
            tmp_path, images=np.random.default_rng(0).integers(0, 256, (4, 5, 6, 3), np.uint8)
        ).read_bytes()
        for content in (whole[: len(whole) // 2], b"", b"text", whole[:400] + b"\0" * 60 + whole[460:]):
            (tmp_path / "bad.npz").write_bytes(content)
            with pytest.raises(InvalidDataset, match=r"bad\.npz") as error:
                load_dataset(tmp_path / "bad.npz")
            one_line(error)
        np.save(tmp_path / "single.npy", np.zeros(3))
        with pytest.raises(InvalidDataset, match="single array"):
            load_dataset(tmp_path / "single.npy")

    def test_objects_are_never_unpickled(self, tmp_path: Path) -> None:
        """A file whose pickle would leave a trace leaves none."""
        path = self.save(tmp_path, images=np.array([Tracer(str(tmp_path / "trace"))], object))
        with pytest.raises(InvalidDataset, match="object"):
            load_dataset(path)
        assert not (tmp_path / "trace").exists()

    @pytest.mark.filterwarnings("ignore:grocery_store_coarse")  # one of its classes has test images only
    def test_real_archives(self, shared_data: Path) -> None:
        """Every archive at hand loads; gaps in the labels of one of them are closed."""
        for path in sorted((shared_data / "images").glob("*.npz")):
            dataset = load_dataset(path)
            assert (np.bincount(dataset.labels, minlength=dataset.num_classes) > 0).all(), path
        assert load_dataset(shared_data / "images" / "imagenet_extra_32.npz").num_classes == 943


class Tracer:
    """Writes a file when unpickled."""

    def __init__(self, path: str) -> None:
        self.path = path

    def __reduce__(self) -> tuple:
        return Path.touch, (Path(self.path),)


@pytest.mark.parametrize("name", ["digit", "./digits", "no/such/folder", "data.npz"])
def test_unknown_names_and_missing_paths(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InvalidDataset, match="found nothing at") as error:
        load_dataset(name)
    assert name in one_line(error)


def test_image_size_below_one(folder: Path) -> None:
    with pytest.raises(InvalidArgument, match="at least 1 pixel"):
        load_dataset(folder, 0)
