"""What MetaD2A is meta-trained on: classes with their images' features, tasks over them, and recorded accuracies."""

import csv
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from nas_plugins.spaces.errors import InvalidDataset

_RANKINGS = 5  # fewest that some can be held out of

FeaturesByClass = tuple[NDArray[np.float32], ...]
"""One array ``(images, feature_dimension)`` per class."""


@dataclass(frozen=True, eq=False)
class Ranking:
    """Architectures recorded on one dataset under a protocol of its own: only their order and spacing are comparable.

    Args:
        name: What was trained on, for example ``"imagenet16-120"``.
        classes: Features of the dataset's images, class by class.
        architectures: Canonical texts.
        accuracies: ``(architectures,)``, percent.
    """

    name: str
    classes: FeaturesByClass
    architectures: tuple[str, ...]
    accuracies: NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class SourceDatabase:
    """Tasks and the accuracies recorded on them.

    Args:
        classes: Features of the images of every class that a task may name.
        tasks: For each task the positions of its classes in ``classes``.
        record_task: ``(records,)`` position of each record's task in ``tasks``.
        record_architecture: Canonical text of each record's architecture.
        record_accuracy: ``(records,)`` accuracy in percent, all under one protocol.
        rankings: Datasets recorded under other protocols.
    """

    classes: FeaturesByClass
    tasks: tuple[tuple[int, ...], ...]
    record_task: NDArray[np.int64]
    record_architecture: tuple[str, ...]
    record_accuracy: NDArray[np.float64]
    rankings: tuple[Ranking, ...] = field(default=())

    def only_tasks(self, tasks: Iterable[int]) -> "SourceDatabase":
        """The same database with the records of some tasks only."""
        return self.only_records(np.isin(self.record_task, np.fromiter(tasks, dtype=np.int64)))

    def only_records(self, keep: NDArray[np.bool_]) -> "SourceDatabase":
        """The same database with some of its records, told by a mask ``(records,)``."""
        return replace(
            self,
            record_task=self.record_task[keep],
            record_architecture=tuple(a for a, k in zip(self.record_architecture, keep, strict=True) if k),
            record_accuracy=self.record_accuracy[keep],
        )

    def comparable(self) -> Iterator[tuple[tuple[str, ...], NDArray[np.float64]]]:
        """Architectures and accuracies that may be compared: those of each task, then those of each ranking."""
        for task in np.unique(self.record_task):
            own = np.flatnonzero(self.record_task == task)
            yield tuple(self.record_architecture[record] for record in own), self.record_accuracy[own]
        for ranking in self.rankings:
            yield ranking.architectures, ranking.accuracies

    def task_classes(self, task: int) -> FeaturesByClass:
        """Features of the classes of a task."""
        return tuple(self.classes[index] for index in self.tasks[task])

    def comparable_features(self) -> NDArray[np.float64] | None:
        """Mean features ``(comparable, feature_dimension)`` of the pictures of each of :meth:`comparable`.

        ``None`` where some of them have no pictures.
        """
        tasks = map(self.task_classes, np.unique(self.record_task))
        groups = [*tasks, *(ranking.classes for ranking in self.rankings)]
        if not all(groups) or not all(len(own) for group in groups for own in group):
            return None
        return np.stack(list(map(mean_features, groups)))

    def class_identities(self) -> NDArray[np.float64]:
        """Which classes the task of each record has, zeros and ones ``(records, classes)``."""
        identities = np.zeros((len(self.record_task), len(self.classes)))
        for row, task in zip(identities, self.record_task, strict=True):
            row[list(self.tasks[task])] = 1
        return identities

    def split(self, held_out: float, rng: np.random.Generator) -> tuple["SourceDatabase", "SourceDatabase"]:
        """Split by task, never by record: a share of the tasks that have records is held out with all of them.

        So is the same share of the rankings, where there are five or more; of fewer none is held out.
        """
        tasks = rng.permutation(np.unique(self.record_task))
        cut = round(len(tasks) * held_out)
        kept, left = self.only_tasks(tasks[cut:]), self.only_tasks(tasks[:cut])
        if len(self.rankings) < _RANKINGS:
            return kept, replace(left, rankings=())
        order = [self.rankings[index] for index in rng.permutation(len(self.rankings))]
        cut = math.ceil(len(order) * held_out)
        return replace(kept, rankings=tuple(order[cut:])), replace(left, rankings=tuple(order[:cut]))


def mean_features(classes: FeaturesByClass) -> NDArray[np.float64]:
    """Mean features ``(feature_dimension,)`` of a dataset, each class weighing the same.

    Args:
        classes: Features ``(images, feature_dimension)`` of each class.
    """
    mean: NDArray[np.float64] = np.mean([own.mean(0, dtype=np.float64) for own in classes], axis=0)
    return mean


@dataclass(frozen=True)
class SourceTables:
    """The published source database of MetaD2A as text: which classes a task has, and what was trained on it.

    Args:
        class_names: WordNet id of every class of 32-pixel ImageNet, in the order of its 1-based ids.
        tasks: Task id to its 1-based class ids.
        records: ``(task id, architecture, accuracy in percent)``.
    """

    class_names: tuple[str, ...]
    tasks: dict[int, tuple[int, ...]]
    records: tuple[tuple[int, str, float], ...]

    @classmethod
    def read(cls, folder: str | Path) -> "SourceTables":
        """Read ``source_tasks_arch_acc.csv``, ``task_classes.csv`` and ``imagenet32_map_clsloc.txt``.

        Raises:
            InvalidDataset: A file is missing or not as expected.
        """
        folder = Path(folder)
        try:
            lines = (folder / "imagenet32_map_clsloc.txt").read_text(encoding="utf-8").split("\n")
            named = {int(number): wordnet for wordnet, number, _ in (line.split() for line in lines if line.strip())}
            with (folder / "task_classes.csv").open(newline="", encoding="utf-8") as file:
                tasks = {
                    int(row["task_id"]): tuple(int(value) for key, value in row.items() if key.startswith("cls"))
                    for row in csv.DictReader(file)
                }
            with (folder / "source_tasks_arch_acc.csv").open(newline="", encoding="utf-8") as file:
                records = tuple(
                    (int(row["task_id"]), row["arch_str"], float(row["acc"])) for row in csv.DictReader(file)
                )
            return cls(tuple(named[number] for number in range(1, len(named) + 1)), tasks, records)
        except (OSError, KeyError, ValueError) as error:
            raise InvalidDataset(
                f"wanted MetaD2A's source database (source_tasks_arch_acc.csv, task_classes.csv, "
                f"imagenet32_map_clsloc.txt) in {folder}, could not read it: {error!r}"
            ) from error

    def used_classes(self) -> tuple[str, ...]:
        """Names of the classes that occur in a task with records, in order of id."""
        ids = sorted({number for task, _, _ in self.records for number in self.tasks[task]})
        return tuple(self.class_names[number - 1] for number in ids)

    def database(self, features: Mapping[str, NDArray[np.float32]], rankings: Sequence[Ranking] = ()) -> SourceDatabase:
        """Join the tables with the features of each class's images.

        Raises:
            InvalidDataset: A class that a task needs has no features.
        """
        names = self.used_classes()
        missing = [name for name in names if name not in features or not len(features[name])]
        if missing:
            raise InvalidDataset(
                f"wanted images of all {len(names)} classes of the source tasks, got none for {len(missing)} of them, "
                f"{missing[0]} first; add image files whose class names begin with the WordNet id"
            )
        position = {name: index for index, name in enumerate(names)}
        task_ids = sorted({task for task, _, _ in self.records})
        row = {task: index for index, task in enumerate(task_ids)}
        return SourceDatabase(
            classes=tuple(features[name] for name in names),
            tasks=tuple(tuple(position[self.class_names[n - 1]] for n in self.tasks[task]) for task in task_ids),
            record_task=np.array([row[task] for task, _, _ in self.records], dtype=np.int64),
            record_architecture=tuple(architecture for _, architecture, _ in self.records),
            record_accuracy=np.array([accuracy for _, _, accuracy in self.records]),
            rankings=tuple(rankings),
        )
