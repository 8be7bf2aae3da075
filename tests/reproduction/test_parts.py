"""What the reproductions share: baselines, datasets by name, short trainings that are remembered."""

import json
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

from nas_plugins.datasets import load_dataset
from nas_plugins.datasets.wordnet import images_by_wordnet
from nas_plugins.evaluation import load_benchmark
from nas_plugins.evaluation.training import TrainingSettings
from nas_plugins.reproduction import drawing, short_training
from nas_plugins.reproduction.baselines import copied_argmax, copied_ridge
from nas_plugins.reproduction.published import METAD2A_TABLE_1, METAD2A_TABLE_3, METAD2A_TABLE_4, METAD2A_TABLE_5
from nas_plugins.reproduction.short_training import Job, train_all
from nas_plugins.reproduction.targets import find_images, load_target, reported_table
from nas_plugins.spaces import NASBench201
from nas_plugins.spaces.errors import InvalidArgument, InvalidTable
from nas_plugins.strategies.metad2a.set_encoders import SET_ENCODERS

SPACE = NASBench201()


def test_copied_cells_are_good_on_cifar_and_come_from_another_table():
    """The argmax is ImageNet16-120's optimum; both copies are among the best tenth of cells on CIFAR-10."""
    source, target = load_benchmark("nasbench201/imagenet16-120"), load_benchmark("nasbench201/cifar10")
    best = np.quantile([target.score(cell) for cell in SPACE], 0.9)

    assert copied_argmax() == source.optimum()[0]
    assert target.score(copied_argmax()) > best
    assert target.score(copied_ridge()) > best


def test_published_numbers_are_those_of_the_paper():
    """Rows that the text of the paper dwells on, and that every dataset of a row has one."""
    assert METAD2A_TABLE_1["MetaD2A, best of 30"]["cifar10"].text() == "94.37 [± 0.03]"
    assert METAD2A_TABLE_1["MetaD2A, top 1"]["oxford_pets_3breeds"].text() == "41.50 [± 4.39]"
    assert METAD2A_TABLE_1["random search"]["cifar100"].text() == "71.04 [± 1.07]"
    assert METAD2A_TABLE_3["predictor only"]["cifar100"].text() == "72.33 [± 0.88]"
    assert [figure.mean for figure in METAD2A_TABLE_4.values()] == [100, 35.19, 67.31]
    assert METAD2A_TABLE_5["hierarchical"].mean == 0.8085
    assert METAD2A_TABLE_5.keys() == SET_ENCODERS.keys() - {"counted_hierarchical"}  # which is ours
    assert all({"cifar10", "cifar100"} == figures.keys() for figures in METAD2A_TABLE_3.values())


def test_datasets_are_found_by_name(tmp_path):
    """In a folder, or named themselves; elsewhere the message says which option to use."""
    path = tmp_path / "cifar10.npz"
    path.touch()

    assert find_images([tmp_path], "cifar10") == find_images([path], "cifar10") == path
    with pytest.raises(InvalidArgument, match=r"CIFAR-100 as cifar100.npz .* --images"):
        find_images([tmp_path], "cifar100")
    with pytest.raises(InvalidArgument, match="got nothing"):
        find_images([], "cifar10")


def test_pictures_of_a_folder_are_read_at_the_size_of_evaluation_and_archives_are_not(tmp_path):
    """A folder of 64-pixel pictures becomes 48, 32 where no size is said; an archive keeps its 8 pixels."""
    rng = np.random.default_rng(0)
    for number in range(4):
        folder = tmp_path / "cifar10" / f"class{number % 2}"
        folder.mkdir(parents=True, exist_ok=True)
        Image.fromarray(rng.integers(0, 256, (64, 64, 3), np.uint8)).save(folder / f"{number}.png")
    images, labels = rng.integers(0, 256, (6, 8, 8, 3), np.uint8), np.arange(6) % 2
    np.savez(tmp_path / "mnist.npz", images=images, labels=labels, class_names=np.array(["a", "b"]))

    assert load_target([tmp_path], "cifar10", folder_size=48).image_size == (48, 48)
    assert load_target([tmp_path], "cifar10").image_size == (32, 32)
    assert load_target([tmp_path], "mnist", folder_size=48).image_size == (8, 8)


def test_weights_that_cannot_do_what_is_asked_are_refused(monkeypatch):
    """Weights that do not say what they were taught have no novelty; a generator that draws no cell has no best."""
    monkeypatch.setattr(drawing, "load_model", lambda *_: SimpleNamespace(about={}))

    with pytest.raises(InvalidArgument, match="meta-train them anew"):
        drawing.taught_model(None, SPACE)
    with pytest.raises(InvalidArgument, match="wanted weights whose generator draws cells"):
        drawing.distinct_cells(lambda _: [], 5)


def test_there_are_never_more_processes_than_trainings(tmp_path, monkeypatch):
    """A million processes for one training are one."""
    import joblib

    asked = []

    def parallel_config(_, *, n_jobs, **__):
        asked.append(n_jobs)
        raise InterruptedError

    monkeypatch.setattr(joblib, "parallel_config", parallel_config)
    with pytest.raises(InterruptedError):
        train_all(
            [Job("digits", str(SPACE[5_000]), 0)],
            {"digits": load_dataset("digits")},
            TrainingSettings(epochs=1),
            tmp_path / "trainings.json",
            processes=1_000_000,
        )

    assert asked == [1]


def test_reported_accuracies_are_validation_unless_a_table_is_given(tmp_path):
    (tmp_path / "cifar10.csv").write_text(f"architecture,score\n{SPACE[3]},12.5\n")

    assert reported_table(None, "cifar10").split == "validation"
    assert reported_table(str(tmp_path), "cifar10").score(SPACE[3]) == 12.5
    with pytest.raises(InvalidTable, match="converted"):
        reported_table(str(tmp_path / "nothing"), "cifar10")


def test_images_are_pooled_by_wordnet_id(tmp_path):
    """Classes of the same id in two files are one class; other classes are passed over."""
    rng = np.random.default_rng(0)
    for number, names in enumerate((["n00000001:dog", "n00000002:cat"], ["n00000001_hound", "cat"])):
        images, labels = rng.integers(0, 256, (6, 8, 8, 3), np.uint8), np.arange(6) % 2
        np.savez(tmp_path / f"{number}.npz", images=images, labels=labels, class_names=np.array(names))
    pooled = images_by_wordnet([tmp_path / "0.npz", tmp_path / "1.npz"], {"n00000001", "n00000002", "n00000003"})

    assert {name: len(images) for name, images in pooled.items()} == {"n00000001": 6, "n00000002": 3}


def test_trainings_are_remembered_and_a_stopped_run_goes_on(tmp_path, monkeypatch):
    """What is on record is not trained again; another seed or protocol is."""
    digits = load_dataset("digits")
    few = replace(digits, images=digits.images[:200], labels=digits.labels[:200])
    settings = TrainingSettings(epochs=1, channels=4, precision="float32", device="cpu")
    jobs = [Job("digits", str(SPACE[index]), 0) for index in (5_000, 9_000)]
    cache, seen = tmp_path / "trainings.json", []

    def train(jobs, settings=settings):
        trained = []
        real = short_training._train
        monkeypatch.setattr(short_training, "_train", lambda job, *rest: trained.append(job) or real(job, *rest))
        found = train_all(jobs, {"digits": few}, settings, cache, processes=1, progress=lambda *step: seen.append(step))
        monkeypatch.undo()
        return found, trained

    first, trained = train(jobs[:1])
    both, more = train(jobs + jobs)
    _, other = train([replace(jobs[0], seed=1)])
    _, longer = train(jobs[:1], replace(settings, epochs=2))

    assert (trained, more) == ([jobs[0]], [jobs[1]])
    assert both[jobs[0]] == first[jobs[0]]
    assert all(0 <= accuracy <= 100 for accuracy in both.values())
    assert seen[:2] == [(0, 1), (1, 1)]
    assert len(other) == len(longer) == 1
    assert len(json.loads(cache.read_text())) == 4
