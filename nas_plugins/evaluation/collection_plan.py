"""What a source database is collected from: tasks drawn from datasets, and architectures to train on each of them."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from nas_plugins.datasets.joining import prefixed
from nas_plugins.evaluation.collection_measure import CollectionMeasure
from nas_plugins.evaluation.collection_settings import CollectionSettings
from nas_plugins.evaluation.source_task import TEST_SHARE, SourceTask
from nas_plugins.evaluation.training_measure import TrainingMeasure
from nas_plugins.spaces.errors import InvalidArgument, InvalidDataset
from nas_plugins.spaces.space import SearchSpace

if TYPE_CHECKING:
    from nas_plugins.datasets import ImageDataset

LEAST_TEST_IMAGES = 250
"""Tasks take as many classes as it takes to hold out so many images: fewer measure chance, not architectures."""


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
        measure: What makes a number of an architecture on a task; training it from scratch without.
        known: Names of classes, as :func:`nas_plugins.datasets.joining.prefixed` makes them, that no task may have:
            those a supernet was trained on.

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
        *,
        measure: CollectionMeasure | None = None,
        known: Sequence[str] = (),
    ) -> None:
        self.space = space
        self.settings = settings or CollectionSettings()
        self.measure = measure or TrainingMeasure(self.settings)
        self.favoured = tuple(favoured)
        self.datasets = {dataset.name: dataset for dataset in datasets}
        if not datasets or len(self.datasets) < len(datasets):
            raise InvalidArgument(
                f"wanted at least one dataset, each with a name of its own, got {[d.name for d in datasets]}"
            )
        self._usable = {name: _usable_classes(dataset, set(known)) for name, dataset in self.datasets.items()}
        for name, classes in self._usable.items():
            if len(classes) < 2:
                raise InvalidDataset(
                    f"wanted two classes of two images or more in {name}, got {len(classes)}"
                    + (" that the supernet does not know; leave the dataset out" if known else "")
                )

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


def _usable_classes(dataset: "ImageDataset", known: set[str]) -> list[str]:
    counts = np.bincount(dataset.labels, minlength=dataset.num_classes)
    names = zip(dataset.class_names, prefixed(dataset).class_names, counts, strict=True)
    return [name for name, whole, count in names if count >= 2 and whole not in known]
