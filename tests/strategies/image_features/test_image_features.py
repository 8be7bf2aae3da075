"""The image features that ship: shapes, determinism, resizing, files, and that they tell classes apart."""

from pathlib import Path

import numpy as np
import pytest
import torch
from sklearn.datasets import load_digits

from nas_plugins.spaces.errors import DamagedFile, InvalidDataset
from nas_plugins.spaces.files import save_tensors
from nas_plugins.strategies.image_features.feature_quality import class_retrieval
from nas_plugins.strategies.image_features.image_features import WEIGHTS, FeatureNetwork, ImageFeatures


@pytest.fixture(scope="module")
def features() -> ImageFeatures:
    return ImageFeatures.pretrained()


@pytest.fixture(scope="module")
def images() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (12, 32, 32, 3), dtype=np.uint8)


def test_one_float_vector_per_image(features: ImageFeatures, images: np.ndarray) -> None:
    """The result is finite float32 of shape (images, dimension), and plain numpy."""
    vectors = features(images)

    assert vectors.shape == (12, features.dimension)
    assert vectors.dtype == np.float32
    assert np.isfinite(vectors).all()


def test_no_images_give_no_vectors(features: ImageFeatures, images: np.ndarray) -> None:
    assert features(images[:0]).shape == (0, features.dimension)


def test_same_images_same_features(features: ImageFeatures, images: np.ndarray) -> None:
    """Twice the same call, and a second extractor from the same file, give equal arrays."""
    first = features(images)

    np.testing.assert_array_equal(first, features(images))
    np.testing.assert_array_equal(first, ImageFeatures.pretrained()(images))


@pytest.mark.parametrize("batch_size", [1, 5, 12])
def test_features_of_an_image_do_not_depend_on_its_neighbours(
    features: ImageFeatures, images: np.ndarray, batch_size: int
) -> None:
    """No normalisation over the batch: any batch size and order gives the same rows up to rounding."""
    order = np.random.default_rng(1).permutation(len(images))

    np.testing.assert_allclose(features(images)[order], features(images[order], batch_size=batch_size), atol=1e-3)


def test_calling_leaves_the_images_and_the_random_state_alone(features: ImageFeatures, images: np.ndarray) -> None:
    before, state = images.copy(), torch.random.get_rng_state()
    features(images)

    np.testing.assert_array_equal(before, images)
    assert torch.equal(state, torch.random.get_rng_state())


def test_strided_and_read_only_arrays_are_taken(features: ImageFeatures, images: np.ndarray) -> None:
    """Mirrored views and memory that cannot be written give what their copies give."""
    mirrored = images[:, :, ::-1]
    frozen = images.copy()
    frozen.flags.writeable = False

    np.testing.assert_array_equal(features(mirrored.copy()), features(mirrored))
    np.testing.assert_array_equal(features(images), features(frozen))


@pytest.mark.parametrize(("height", "width"), [(1, 1), (28, 28), (64, 64), (48, 96), (200, 150)])
def test_any_size_is_resized(features: ImageFeatures, height: int, width: int) -> None:
    """A picture of one colour has the same features at every size."""
    small = np.full((2, 32, 32, 3), (200, 120, 40), np.uint8)
    other = np.full((2, height, width, 3), (200, 120, 40), np.uint8)

    np.testing.assert_allclose(features(small), features(other), atol=1e-2)


def test_shrinking_averages(features: ImageFeatures) -> None:
    """A fine chequerboard shrunk to half is grey, not aliased into black or white."""
    board = (np.indices((64, 64)).sum(0) % 2 * 255).astype(np.uint8)
    grey = np.full((1, 32, 32, 3), 128, np.uint8)
    black = np.zeros((1, 32, 32, 3), np.uint8)
    shrunk = features(np.repeat(board[None, :, :, None], 3, axis=3))

    assert np.linalg.norm(shrunk - features(grey)) < 0.5 * np.linalg.norm(shrunk - features(black))


@pytest.mark.parametrize(
    "wrong",
    [
        np.zeros((2, 32, 32, 3), np.float32),
        np.zeros((2, 32, 32, 3), np.int64),
        np.zeros((2, 32, 32), np.uint8),
        np.zeros((32, 32, 3), np.uint8),
        np.zeros((2, 3, 32, 32), np.uint8),
        np.zeros((2, 32, 32, 4), np.uint8),
        np.zeros((2, 0, 32, 3), np.uint8),
        [[0, 1], [2, 3]],
    ],
    ids=["float", "int64", "grey", "one image", "channels first", "alpha", "no rows", "list"],
)
def test_other_shapes_and_types_are_refused(features: ImageFeatures, wrong: np.ndarray) -> None:
    """The message says what was wanted and what came."""
    with pytest.raises(InvalidDataset, match=r"wanted .*, got .*; "):
        features(wrong)


def test_folding_keeps_the_function() -> None:
    """The network without normalisation layers computes what the trained one computes."""
    torch.manual_seed(0)
    network = FeatureNetwork((8, 16, 24), 32, normalize=True)
    for _ in range(3):
        network(torch.rand(8, 3, 32, 32) * 255)
    network.eval()
    pictures = torch.rand(4, 3, 32, 32) * 255
    with torch.no_grad():
        torch.testing.assert_close(network(pictures), network.folded()(pictures), rtol=1e-4, atol=1e-5)


def test_only_a_normalised_network_can_be_folded() -> None:
    with pytest.raises(TypeError, match="normalize=True"):
        FeatureNetwork((8, 16, 24), 32).folded()


def test_saved_features_are_the_same_features(features: ImageFeatures, images: np.ndarray, tmp_path: Path) -> None:
    """Saving rounds to what was already rounded: file after file, nothing drifts."""
    again = ImageFeatures.pretrained(features.save(tmp_path / "features.safetensors"))

    np.testing.assert_array_equal(features(images), again(images))
    assert features.about == again.about


def test_other_files_are_refused(tmp_path: Path) -> None:
    """A missing file, a file of noise and weights of another kind each end in a clear error."""
    noise = tmp_path / "noise.safetensors"
    noise.write_bytes(b"no weights at all")
    other = save_tensors(tmp_path / "x.safetensors", {"x": torch.zeros(1)}, kind="other", version=1, about={})
    for path in (tmp_path / "missing.safetensors", noise, other):
        with pytest.raises(DamagedFile, match="wanted image_features weights"):
            ImageFeatures.pretrained(path)


def test_the_shipped_file_is_small(features: ImageFeatures) -> None:
    """At most 2.5 MB, 512 features, and a card beside it."""
    assert WEIGHTS.stat().st_size <= 2_500_000
    assert features.dimension == 512
    assert WEIGHTS.with_suffix(".md").is_file()


def test_digits_never_trained_on_are_told_apart(features: ImageFeatures) -> None:
    """Mean features of three images find the same digit's other three; chance is 1 in 10.

    Trained, the share over 20 draws had mean 0.90 and spread 0.02, untrained 0.76 and 0.03. With 100 draws a trained
    extractor falls below 0.84 with probability below 1e-6, and an untrained one does not reach it.
    """
    digits = load_digits()
    grey = (digits.images * (255 / 16)).astype(np.uint8)
    vectors = features(np.repeat(grey[..., None], 3, axis=3))
    share, count = class_retrieval(vectors, digits.target, size=3, rng=np.random.default_rng(0), repeats=100)

    assert count == 10
    assert share > 0.84


def test_features_are_standardised_over_photographs(features: ImageFeatures, shared_data: Path) -> None:
    """Over images like those trained on, features are neither shifted nor scaled by much: no user need do it."""
    photographs = np.load(shared_data / "images" / "tiny_imagenet_part0.npz")["images"][::8]
    vectors = features(photographs)

    assert np.abs(vectors.mean(0)).mean() < 0.5
    assert 0.6 < vectors.std(0).mean() < 1.5
