"""The training of the image features: what it reads, its views and splits, exact resume, and its measures."""

from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from nas_plugins.spaces.errors import DamagedFile, InvalidDataset, InvalidState
from nas_plugins.strategies.image_features.distillation_data import (
    cached_embeddings,
    random_view,
    read_image_sets,
    split_images,
)
from nas_plugins.strategies.image_features.feature_quality import (
    class_retrieval,
    dataset_retrieval,
    linear_accuracy,
    prototype_accuracy,
)
from nas_plugins.strategies.image_features.student import Distillation, Recipe
from nas_plugins.strategies.image_features.teachers import MobileNetV2Teacher, SqueezeNetTeacher, Teacher, load_arrays


class PatchMeans(Teacher):
    """A teacher that can be checked by hand: the means of sixteen patches, and a fixed classifier."""

    dimension = 48
    resolution = 16

    def __init__(self) -> None:
        super().__init__()
        self.images_seen = 0

    def prepare(self, images: Tensor) -> Tensor:
        return images / 255

    def embed(self, images: Tensor) -> Tensor:
        self.images_seen += len(images)
        return torch.nn.functional.avg_pool2d(images, 4).flatten(1)

    def classify(self, embeddings: Tensor) -> Tensor:
        return embeddings[:, :10] * 5


def write_set(folder: Path, name: str, count: int, classes: list[str], seed: int) -> None:
    rng = np.random.default_rng(seed)
    labels = np.arange(count) % len(classes)
    images = rng.integers(0, 100, (count, 32, 32, 3)) + labels[:, None, None, None] * (150 // len(classes))
    np.savez(folder / f"{name}.npz", images=images.astype(np.uint8), labels=labels, class_names=np.array(classes))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Tiny-ImageNet-like images of 50 classes, signs, a set held out whole, and two meta-test sets."""
    folder = tmp_path / "images"
    folder.mkdir()
    write_set(folder, "tiny_imagenet_part0", 200, [f"n{i:08d}:thing" for i in range(50)], 0)
    write_set(folder, "gtsrb", 64, ["left", "right"], 1)
    write_set(folder, "flowers5", 20, ["rose", "tulip"], 2)
    write_set(folder, "cifar10", 20, ["cat", "dog"], 3)
    write_set(folder, "oxford_pets_3breeds", 20, ["Bengal", "Abyssinian"], 4)
    return folder


def test_meta_test_sets_are_never_read(folder: Path) -> None:
    """Files of CIFAR and of the pets stay closed, even damaged ones."""
    (folder / "mnist.npz").write_bytes(b"damaged")

    assert [images.name for images in read_image_sets(folder)] == ["flowers5", "gtsrb", "tiny_imagenet_part0"]


def test_a_folder_without_sets_or_with_other_sizes_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidDataset, match="found none"):
        read_image_sets(tmp_path)
    np.savez(tmp_path / "big.npz", images=np.zeros((1, 64, 64, 3), np.uint8), labels=[0], class_names=["a"])
    with pytest.raises(InvalidDataset, match="resize them"):
        read_image_sets(tmp_path)


def test_the_split_keeps_classes_and_sets_back_whole(folder: Path) -> None:
    """Every image has one role; no class kept back, and no image of a set kept back, is trained on."""
    sets = read_image_sets(folder)
    split = split_images(sets, seed=0)
    classes = np.concatenate([images.classes for images in sets])
    unseen = set(classes[split.unseen_classes])

    assert (split.train.astype(int) + split.unseen_images + split.unseen_classes == 1).all()
    assert not unseen & set(classes[split.train])
    assert len([name for name in unseen if name.startswith("imagenet:")]) == 40
    assert {"flowers5:rose", "flowers5:tulip"} <= unseen
    assert (classes[split.unseen_images] == "gtsrb:left").sum() == 4


def test_views_are_reproducible_and_mirrored_only_on_demand() -> None:
    """The same seed gives the same view; a ramp that rises to the right never falls unless mirroring is allowed."""
    ramp = np.broadcast_to(np.linspace(0, 255, 32).astype(np.uint8)[:, None], (40, 32, 32, 3)).copy()
    straight = random_view(ramp, [0, 1], mirror=False).astype(int)
    mirrored = random_view(ramp, [0, 1], mirror=True).astype(int)

    np.testing.assert_array_equal(straight, random_view(ramp, [0, 1], mirror=False))
    assert (straight[:, 16, 28] > straight[:, 16, 3]).all()
    assert {True, False} == set(mirrored[:, 16, 28, 0] > mirrored[:, 16, 3, 0])


def test_the_teacher_sees_each_image_once(tmp_path: Path) -> None:
    """Embeddings come from the folder the second time, and a damaged file is named."""
    images = np.random.default_rng(0).integers(0, 256, (30, 32, 32, 3), dtype=np.uint8)
    teacher = PatchMeans()
    first = cached_embeddings(teacher, images, tmp_path, "some")
    second = cached_embeddings(teacher, images, tmp_path, "some")

    assert teacher.images_seen == 30
    assert first.shape == (30, 48)
    np.testing.assert_array_equal(first, second)
    next(tmp_path.glob("*.npy")).write_bytes(b"damaged")
    with pytest.raises(DamagedFile, match="delete it"):
        cached_embeddings(teacher, images, tmp_path, "some")


def test_training_continues_exactly_and_learns(folder: Path, tmp_path: Path) -> None:
    """One epoch, a new process's view of the state, a second epoch: the same weights as two epochs in a row."""
    recipe = Recipe(epochs=2, views=2, batch_size=16, hold_out=True)
    sets = read_image_sets(folder)
    straight = Distillation(sets, PatchMeans(), recipe, tmp_path / "a")
    losses = [straight.run_epoch()["embedding"] for _ in range(2)]
    interrupted = Distillation(sets, PatchMeans(), recipe, tmp_path / "b")
    interrupted.run_epoch()
    continued = Distillation(sets, PatchMeans(), recipe, tmp_path / "b")

    assert not Distillation(sets, PatchMeans(), recipe, tmp_path / "c").resume()
    assert continued.resume()
    assert continued.epoch == 1
    continued.run_epoch()
    for name, tensor in straight.averaged.items():
        assert torch.equal(tensor, continued.averaged[name]), name
    assert losses[1] < losses[0]
    vectors = straight.features()(straight.views[0][straight.trained][::4])
    np.testing.assert_allclose(vectors.mean(0), 0, atol=1e-3)


def test_a_training_starts_from_another(folder: Path, tmp_path: Path) -> None:
    """The second training begins with the averaged weights of the first, and only with weights for the same classes."""
    sets = read_image_sets(folder)
    first = Distillation(sets, PatchMeans(), Recipe(epochs=1, views=1, batch_size=16, hold_out=True), tmp_path)
    first.run_epoch()
    second = Distillation(sets, PatchMeans(), Recipe(epochs=1, views=1, batch_size=16), tmp_path)
    second.start_from(first.state_path)

    assert second.epoch == 0
    for name, tensor in second.student.state_dict().items():
        assert torch.equal(tensor, first.averaged[name]), name
    fewer = Distillation(sets[:1], PatchMeans(), Recipe(epochs=1, views=1, batch_size=16), tmp_path)
    with pytest.raises(InvalidState, match="same folder"):
        fewer.start_from(first.state_path)


def test_measures_of_perfect_features_are_one() -> None:
    """Features that are the class make every measure 1; the images of a set share no class with the other set."""
    classes = np.repeat([f"{dataset}:{name}" for dataset in "ab" for name in "wxyz"], 10)
    _, labels = np.unique(classes, return_inverse=True)
    vectors = np.concatenate([np.eye(8)[labels], 3 * np.eye(2)[labels // 4]], 1).astype(np.float32)
    rng = np.random.default_rng(0)

    assert class_retrieval(vectors, classes, size=5, rng=rng) == (1.0, 8)
    assert class_retrieval(vectors, classes, size=6, rng=rng, repeats=1)[1] == 0
    assert dataset_retrieval(vectors, classes, lambda name: name.split(":")[0], size=6, rng=rng) == (1.0, 2)
    assert prototype_accuracy(vectors, classes, vectors, classes) == 1.0
    assert linear_accuracy(vectors, classes, vectors, classes) == 1.0


def test_measures_of_noise_are_chance() -> None:
    """On noise 20 classes are found 1 time in 20: of 1,000 tries, over 100 hits have probability below 1e-9."""
    rng = np.random.default_rng(0)
    classes = np.repeat(np.arange(20), 10)
    hits = [class_retrieval(rng.normal(size=(200, 16)), classes, size=5, rng=rng, repeats=1)[0] for _ in range(50)]

    assert np.mean(hits) < 0.1


def test_teachers_classify_real_photographs(shared_data: Path) -> None:
    """Of 100 ImageNet classes' photographs at 32 pixels, each teacher's five guesses of 1,000 hold the right one often.

    By chance 0.5 of 100 would be right; 15 or more by chance have probability below 1e-16.
    """
    sample = np.load(shared_data / "images" / "imagenet_sample_1000x1.npz")
    images, labels = sample["images"][::10], sample["labels"][::10]
    mobilenet = MobileNetV2Teacher(load_arrays(shared_data / "weights", "mobilenet_v2*.npz"), 96)
    squeezenet = SqueezeNetTeacher(load_arrays(shared_data / "weights", "squeezenet*.npz"), 96)
    for teacher in (mobilenet, squeezenet):
        guesses = teacher.classify(torch.from_numpy(teacher.embeddings(images))).topk(5).indices.numpy()

        assert (guesses == labels[:, None]).any(1).sum() >= 15


def test_a_missing_teacher_is_named(tmp_path: Path) -> None:
    with pytest.raises(DamagedFile, match=r"mobilenet_v2\*"):
        load_arrays(tmp_path, "mobilenet_v2*.npz")
