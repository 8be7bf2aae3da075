"""A source database out of our own records: tasks from several datasets, each with its classes' features."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

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
    """Records of one space and one protocol, with the features of every class they need.

    Tasks are told by the classes they have; a style that pictures were shown in is not seen, so records of changed
    pictures are left out.

    Args:
        records: As ``nas-plugins collect`` makes them.
        datasets: Those the records' tasks were drawn from; others are passed over.
        space: Name of the space; records of others are left out.
        extractor: Name of the image features.
        seed: Of the choice and augmentation of images.

    Raises:
        InvalidArgument: No records remain, or they are of several protocols.
        InvalidDataset: A dataset or class of the records is missing.
    """
    from nas_plugins.strategies.image_features.extractors import get_extractor
    from nas_plugins.strategies.metad2a import SourceDatabase
    from nas_plugins.strategies.metad2a.feature_bank import feature_bank

    chosen = [r for r in records if r.space == space and r.style == "plain" and np.isfinite(r.accuracy)]
    protocols = sorted({record.protocol for record in chosen})
    if len(protocols) != 1:
        raise InvalidArgument(
            f"wanted records of {space} under one protocol on pictures as they are, got {len(chosen)} records of "
            f"{len(protocols)} protocols"
        )
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
    groups: dict[str, list[np.ndarray]] = {}
    for key in sorted(needed):
        full, dataset, number = whole[key]
        groups.setdefault(full, []).append(dataset.images[dataset.labels == number])
    images = {name: np.concatenate(parts) for name, parts in groups.items()}
    features = feature_bank(images, get_extractor(extractor), np.random.default_rng(seed))
    position = {name: index for index, name in enumerate(features)}
    tasks = list(dict.fromkeys(record.task for record in chosen))
    row = {task: index for index, task in enumerate(tasks)}
    return SourceDatabase(
        classes=tuple(features.values()),
        tasks=tuple(tuple(position[whole[task[0], name][0]] for name in task[1]) for task in tasks),
        record_task=np.array([row[record.task] for record in chosen]),
        record_architecture=tuple(record.architecture for record in chosen),
        record_accuracy=np.array([record.accuracy for record in chosen]),
    )
