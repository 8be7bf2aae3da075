"""Folders of pictures come in whole, or with one clear line about what is wrong."""

import warnings
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from nas_plugins.datasets import load_dataset
from nas_plugins.datasets.image_dataset import TEST
from nas_plugins.spaces.errors import InvalidArgument, InvalidDataset
from tests.datasets.making import RED, WHITE, one_line, paint
from tests.stripes import SIZE, stripes_folder


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
        assert np.ptp(whole.images[0, :, SIZE // 2].astype(int), axis=0).min() > 30  # where stripes are clearest
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
