"""A source database out of our own records: tasks from several datasets, each with its classes' features."""

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from nas_plugins.datasets.image_dataset import ImageDataset
from nas_plugins.datasets.joining import prefixed
from nas_plugins.spaces.errors import InvalidArgument, InvalidDataset

if TYPE_CHECKING:
    from nas_plugins.strategies.metad2a import SourceDatabase
    from nas_plugins.strategies.metad2a.training_records import TrainingRecord


def recorded_database(
    records: "Sequence[TrainingRecord]",
    datasets: Sequence[ImageDataset],
    *,
    space: str,
    extractor: str = "distilled",
    seed: int = 0,
) -> "SourceDatabase":
    """Records of one space, with the features of every class they need.

    Tasks are told by the classes they have; a style that pictures were shown in is not seen, so records of changed
    pictures are left out. Where there are several protocols, those of the one with the most tasks are the records;
    under another one, each task with two or more is a ranking: its accuracies compare among themselves alone.

    Args:
        records: As ``nas-plugins collect`` makes them.
        datasets: Those the records' tasks were drawn from; others are passed over.
        space: Name of the space; records of others are left out.
        extractor: Name of the image features.
        seed: Of the choice and augmentation of images.

    Raises:
        InvalidArgument: No records remain.
        InvalidDataset: A dataset or class of the records is missing.
    """
    from nas_plugins.strategies.image_features.extractors import get_extractor
    from nas_plugins.strategies.metad2a import SourceDatabase
    from nas_plugins.strategies.metad2a.feature_bank import feature_bank
    from nas_plugins.strategies.metad2a.source_database import Ranking

    chosen = [r for r in records if r.space == space and r.style == "plain" and np.isfinite(r.accuracy)]
    if not chosen:
        raise InvalidArgument(f"wanted records of {space} on pictures as they are, got none in {len(records)} records")
    most = Counter(protocol for protocol, _ in {(record.protocol, record.task): None for record in chosen})
    (protocol, _), *_ = most.most_common(1)
    whole = {
        (dataset.name, name): (full, dataset, number)
        for dataset in datasets
        for number, (name, full) in enumerate(zip(dataset.class_names, prefixed(dataset).class_names, strict=True))
    }
    needed = {(record.dataset, name) for record in chosen for name in record.classes}
    missing = sorted(needed - whole.keys())
    if missing:
        raise InvalidDataset(
            f"wanted images of all classes on record, got none of {missing[0][1]!r} of {missing[0][0]}"
        )
    groups: dict[str, list[ImageDataset]] = {}
    for key in sorted(needed):
        full, dataset, number = whole[key]
        groups.setdefault(full, []).append(dataset.select(np.flatnonzero(dataset.labels == number)))
    images = {name: _together(parts) for name, parts in groups.items()}
    features = feature_bank(images, get_extractor(extractor), np.random.default_rng(seed))
    position = {name: index for index, name in enumerate(features)}

    def classes_of(record: "TrainingRecord") -> list[int]:
        return [position[whole[record.dataset, name][0]] for name in record.classes]

    by_task: dict[tuple[Any, ...], list[TrainingRecord]] = {}
    for record in chosen:
        by_task.setdefault((record.protocol, *record.task), []).append(record)
    tasks = [own for (own_protocol, *_), own in by_task.items() if own_protocol == protocol]
    rankings = [own for (own_protocol, *_), own in by_task.items() if own_protocol != protocol and len(own) > 1]
    bank = tuple(features.values())
    return SourceDatabase(
        classes=bank,
        tasks=tuple(tuple(classes_of(own[0])) for own in tasks),
        record_task=np.repeat(np.arange(len(tasks)), [len(own) for own in tasks]),
        record_architecture=tuple(record.architecture for own in tasks for record in own),
        record_accuracy=np.array([record.accuracy for own in tasks for record in own]),
        rankings=tuple(
            Ranking(
                f"{number}: {len(own[0].classes)} classes of {own[0].dataset}, {own[0].protocol}",
                tuple(bank[number] for number in classes_of(own[0])),
                tuple(record.architecture for record in own),
                np.array([record.accuracy for record in own]),
            )
            for number, own in enumerate(rankings)
        ),
    )


def _together(parts: Sequence[ImageDataset]) -> NDArray[np.uint8]:
    """The images of a class that several datasets share, all in the size of the largest."""
    if len({part.image_size for part in parts}) > 1:
        size = max(max(part.image_size) for part in parts)
        parts = [part.resized(size) for part in parts]
    return np.concatenate([part.images for part in parts])
