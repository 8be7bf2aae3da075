"""Archives come in whole, or with one clear line about what is wrong."""

from pathlib import Path

import numpy as np
import pytest

from nas_plugins.datasets import load_dataset
from nas_plugins.spaces.errors import InvalidDataset
from tests.datasets.making import one_line


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
