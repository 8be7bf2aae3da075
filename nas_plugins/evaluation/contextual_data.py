"""Recorded trainings with the descriptors of their datasets, as a contextual process reads them."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from nas_plugins.datasets import load_dataset
from nas_plugins.evaluation.source_task import SourceTask
from nas_plugins.spaces import NASBench201
from nas_plugins.spaces.errors import InvalidArgument

if TYPE_CHECKING:
    from nas_plugins.strategies.metad2a.contextual_process import ContextualData
    from nas_plugins.strategies.metad2a.training_records import TrainingRecord

_PER_CLASS = 40


def comparable_records(records: Iterable["TrainingRecord"]) -> "tuple[str, list[TrainingRecord]]":
    """The commonest protocol and its records, without diverged trainings and cells that join nothing to the output.

    Raises:
        InvalidArgument: No records.
    """
    space = NASBench201()
    every = [record for record in records if np.isfinite(record.accuracy)]
    if not every:
        raise InvalidArgument("wanted records of finished trainings, got none; collect some first")
    protocols = [record.protocol for record in every]
    protocol = max(sorted(set(protocols)), key=protocols.count)
    alive = [
        record
        for record in every
        if record.protocol == protocol and set(space.parse(record.architecture).live_operations()) != {"none"}
    ]
    return protocol, alive


def read_contextual_data(records: Sequence["TrainingRecord"], images: Iterable[str]) -> "ContextualData":
    """Describe the datasets of records and the operations of their cells.

    Args:
        records: Trainings on NAS-Bench-201 cells.
        images: Where the datasets are; one per name of a dataset in the records.

    Raises:
        InvalidArgument: A dataset of the records is missing.
    """
    from nas_plugins.strategies.image_features import get_extractor
    from nas_plugins.strategies.metad2a.accuracy_forecast import one_hot
    from nas_plugins.strategies.metad2a.contextual_process import ContextualData
    from nas_plugins.strategies.metad2a.dataset_descriptor import describe

    space, extract = NASBench201(), get_extractor("distilled")
    datasets = {dataset.name: dataset for dataset in map(load_dataset, images)}
    missing = sorted({record.dataset for record in records} - datasets.keys())
    if missing:
        raise InvalidArgument(f"wanted the images of all datasets on record, got none of {', '.join(missing)}")
    tasks = list(dict.fromkeys(record.task for record in records))
    described = []
    for task in tasks:
        train, _ = SourceTask(*task).draw(datasets[task[0]]).train_test()
        groups = [group[:_PER_CLASS] for group in train.images_by_class()]
        parts = np.split(extract(np.concatenate(groups)), np.cumsum([len(group) for group in groups])[:-1])
        described.append(describe(groups, parts, len(train), len(groups)))
    number = {task: index for index, task in enumerate(tasks)}
    return ContextualData(
        descriptors=np.stack([described[number[record.task]] for record in records]),
        operations=one_hot([space.parse(record.architecture) for record in records]),
        task=np.array([number[record.task] for record in records]),
        accuracy=np.array([record.accuracy for record in records]),
        test_images=np.array([record.test_images for record in records]),
    )
