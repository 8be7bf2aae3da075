"""What a source database is collected from: tasks drawn from datasets, and architectures to train on each of them."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

import numpy as np

from nas_plugins.evaluation.styles import STYLES, restyle
from nas_plugins.evaluation.training_settings import TrainingSettings
from nas_plugins.spaces.errors import InvalidArgument, InvalidDataset
from nas_plugins.spaces.space import SearchSpace

if TYPE_CHECKING:
    from nas_plugins.datasets import ImageDataset

TEST_SHARE = 1 / 3
"""Least share of every class that is held out."""

LEAST_TEST_IMAGES = 250
"""Tasks take as many classes as it takes to hold out so many images: fewer measure chance, not architectures."""

MOST_TEST_IMAGES = 1000


@dataclass(frozen=True)
class SourceTask:
    """Some classes of a dataset and some of their images.

    Args:
        dataset: Name of the dataset.
        classes: Names of the classes, in the order of their labels in the task.
        images: Training images in all, shared evenly; classes with fewer give what they have.
        seed: Seed of the draw of the images.
        style: A key of :data:`nas_plugins.evaluation.styles.STYLES`.
    """

    dataset: str
    classes: tuple[str, ...]
    images: int
    seed: int
    style: str = "plain"

    def draw(self, dataset: "ImageDataset") -> "ImageDataset":
        """The images of the task, with a split of its own; the same task draws the same images.

        Raises:
            InvalidDataset: The dataset is another one, lacks a class, or has a class of a single image.
        """
        from nas_plugins.datasets import ImageDataset

        if dataset.name != self.dataset or not set(self.classes) <= set(dataset.class_names):
            raise InvalidDataset(f"wanted {self.dataset} with the classes {', '.join(self.classes)}, got {dataset}")
        rng = np.random.default_rng([self.seed, len(self.classes), self.images])
        per_class = math.ceil(self.images / len(self.classes))
        test_per_class = math.ceil(MOST_TEST_IMAGES / len(self.classes))
        rows: list[Any] = []
        labels: list[Any] = []
        split: list[Any] = []
        for label, name in enumerate(self.classes):
            own = rng.permutation(np.flatnonzero(dataset.labels == dataset.class_names.index(name)))
            if len(own) < 2:
                raise InvalidDataset(f"wanted two images or more of {name!r} in {self.dataset}, got {len(own)}")
            held_out = max(1, min(len(own) - 1, max(round(len(own) * TEST_SHARE), len(own) - per_class)))
            train, test = own[held_out:], own[:held_out][:test_per_class]
            rows += [train, test]
            labels += [np.full(len(train) + len(test), label)]
            split += [np.zeros(len(train), np.uint8), np.ones(len(test), np.uint8)]
        return ImageDataset(
            self.dataset,
            restyle(dataset.images[np.concatenate(rows)], self.style, rng),
            np.concatenate(labels),
            self.classes,
            np.concatenate(split),
        )


@dataclass(frozen=True)
class CollectionSettings:
    """How tasks are drawn and how long each training is.

    Args:
        classes: Most classes of a task; fewer are drawn as often, on a logarithmic scale, from as few as leave enough
            test images.
        images: Most training images of a task; fewer are drawn as often, on a logarithmic scale, from a quarter on.
        passes: Training images times epochs of a training, between the two bounds on epochs.
        least_epochs: Least number of epochs.
        most_epochs: Largest number of epochs.
        architectures: Architectures trained on each task.
        cells: Cells per stage ``N``.
        channels: Channels ``C`` of the first stage.
        image_size: Height and width the images are resized to.
        styles: Names out of :data:`nas_plugins.evaluation.styles.STYLES`; every other task of a dataset is in one of
            them, which makes more domains of few. None leaves all pictures as they are.
        seed: Seed of every draw.
    """

    classes: int = 20
    images: int = 1200
    passes: int = 12_000
    least_epochs: int = 8
    most_epochs: int = 30
    architectures: int = 12
    cells: int = 1
    channels: int = 16
    image_size: int = 32
    styles: tuple[str, ...] = tuple(style for style in STYLES if style != "plain")
    seed: int = 0

    def __post_init__(self) -> None:
        least = {"classes": 2, "images": 8, "seed": 0}
        for name in (field.name for field in fields(self) if field.name != "styles"):
            if getattr(self, name) < least.get(name, 1):
                raise InvalidArgument(f"wanted {name} of at least {least.get(name, 1)}, got {getattr(self, name)}")
        unknown = [style for style in self.styles if style not in STYLES]
        if unknown:
            raise InvalidArgument(f"wanted styles out of {', '.join(STYLES)}, got {', '.join(unknown)}")
        if self.least_epochs > self.most_epochs:
            raise InvalidArgument(f"wanted least_epochs <= most_epochs, got {self.least_epochs} and {self.most_epochs}")

    def epochs(self, train_images: int) -> int:
        """Epochs of a training on so many images."""
        return min(self.most_epochs, max(self.least_epochs, round(self.passes / train_images)))

    def training(self, train_images: int) -> TrainingSettings:
        """The settings of a training on so many images."""
        return TrainingSettings(
            epochs=self.epochs(train_images),
            channels=self.channels,
            cells=self.cells,
            image_size=self.image_size,
            seed=self.seed,
            precision="float32",  # the same arithmetic on every machine
        )

    @property
    def protocol(self) -> str:
        """What the accuracies of records must share to be comparable, as text."""
        names = ("passes", "least_epochs", "most_epochs", "cells", "channels", "image_size")
        return ",".join(f"{name}={getattr(self, name)}" for name in names)


@dataclass(frozen=True)
class PlannedTraining:
    """One training to be recorded.

    Args:
        task: The images.
        architecture: Canonical text.
    """

    task: SourceTask
    architecture: str


class CollectionPlan:
    """An endless list of trainings: tasks from the datasets in turn, some architectures on each.

    The same datasets, space and settings give the same list, so that a collection goes on where another one ended.
    Architectures are drawn in turn from the favoured ones and uniformly from the space.

    Args:
        space: The search space.
        datasets: The datasets, by distinct names.
        settings: How to draw.
        favoured: Canonical texts of architectures that are worth knowing more about, such as the better ones of a
            source table (Lee et al., 2021, section 4.1.1, draw from the 5,000 best on ImageNet16-120).

    Raises:
        InvalidArgument: No dataset, or two of one name.
        InvalidDataset: A dataset has fewer than two classes of two images or more.
    """

    def __init__(
        self,
        space: SearchSpace[Any],
        datasets: "Sequence[ImageDataset]",
        settings: CollectionSettings | None = None,
        favoured: Sequence[str] = (),
    ) -> None:
        self.space = space
        self.settings = settings or CollectionSettings()
        self.favoured = tuple(favoured)
        self.datasets = {dataset.name: dataset for dataset in datasets}
        if not datasets or len(self.datasets) < len(datasets):
            raise InvalidArgument(
                f"wanted at least one dataset, each with a name of its own, got {[d.name for d in datasets]}"
            )
        self._usable = {name: _usable_classes(dataset) for name, dataset in self.datasets.items()}
        for name, classes in self._usable.items():
            if len(classes) < 2:
                raise InvalidDataset(f"wanted two classes of two images or more in {name}, got {len(classes)}")

    def __iter__(self) -> Iterator[PlannedTraining]:
        """The trainings in order, without end."""
        round_ = 0
        while True:
            # One task of every dataset, then one architecture on each in turn: a plan cut anywhere covers all of them.
            tasks = [self._task(name, round_, position) for position, name in enumerate(self.datasets)]
            cells = [self._architectures(round_, position) for position in range(len(tasks))]
            for turn in range(self.settings.architectures):
                for task, own in zip(tasks, cells, strict=True):
                    yield PlannedTraining(task, own[turn])
            round_ += 1

    def _task(self, name: str, round_: int, position: int) -> SourceTask:
        settings, classes = self.settings, self._usable[name]
        rng = np.random.default_rng([settings.seed, round_, position, 0])
        most = min(settings.classes, len(classes))
        per_class = np.bincount(self.datasets[name].labels).mean() * TEST_SHARE
        least = min(most, max(2, math.ceil(LEAST_TEST_IMAGES / per_class)))
        count = min(most, math.floor(math.exp(rng.uniform(math.log(least), math.log(most + 1)))))
        images = round(math.exp(rng.uniform(math.log(max(settings.images / 4, 4)), math.log(settings.images))))
        chosen = rng.choice(len(classes), count, replace=False)
        plain = not settings.styles or (round_ + position) % 2 == 0
        style = "plain" if plain else settings.styles[int(rng.integers(len(settings.styles)))]
        return SourceTask(name, tuple(classes[index] for index in sorted(chosen)), images, round_, style)

    def _architectures(self, round_: int, position: int) -> list[str]:
        rng = np.random.default_rng([self.settings.seed, round_, position, 1])
        chosen: dict[str, None] = {}
        for _ in range(100 * self.settings.architectures):  # small spaces repeat themselves; then fewer are distinct
            if self.favoured and len(chosen) % 2 == 0:
                text = self.favoured[int(rng.integers(len(self.favoured)))]
            else:
                text = str(self.space.sample(rng))
            chosen.setdefault(text)
            if len(chosen) == self.settings.architectures:
                break
        texts = list(chosen)
        return [texts[turn % len(texts)] for turn in range(self.settings.architectures)]


def _usable_classes(dataset: "ImageDataset") -> list[str]:
    counts = np.bincount(dataset.labels, minlength=dataset.num_classes)
    return [name for name, count in zip(dataset.class_names, counts, strict=True) if count >= 2]
