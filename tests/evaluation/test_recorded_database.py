"""A source database out of records: tasks under the commonest protocol, rankings under the others."""

from dataclasses import replace

import numpy as np
import pytest

from nas_plugins.datasets import load_dataset
from nas_plugins.evaluation.recorded_database import recorded_database
from nas_plugins.spaces import MobileNetV3
from nas_plugins.spaces.errors import InvalidArgument, InvalidDataset
from nas_plugins.strategies.metad2a.training_records import TrainingRecord

SPACE = MobileNetV3()


def records(tasks: int, each: int, protocol: str, level: float) -> list[TrainingRecord]:
    """Some subnets on tasks of two digits, told in turn."""
    rng = np.random.default_rng(tasks)
    return [
        TrainingRecord(
            *("mobilenetv3", str(SPACE.sample(rng)), "digits", (str(task), str(task + 1)), 100, 0, "plain"),
            *(100, 50, protocol, 0, level + task + turn, 1.0),
        )
        for turn in range(each)
        for task in range(tasks)
    ]


def test_records_under_other_protocols_are_rankings() -> None:
    """Three tasks evaluated, two trained on: the three are the tasks, each of the two is a ranking with its classes."""
    evaluated, tuned = records(3, 4, "evaluated", 50.0), records(2, 5, "tuned", 80.0)
    single = records(1, 1, "once", 20.0)  # nothing to compare
    data = recorded_database([*tuned, *evaluated, *single], [load_dataset("digits")], space="mobilenetv3")

    assert data.record_task.tolist() == [0] * 4 + [1] * 4 + [2] * 4
    assert data.record_accuracy.tolist() == [50 + task + turn for task in range(3) for turn in range(4)]
    assert set(data.record_architecture) == {record.architecture for record in evaluated}
    assert [ranking.accuracies.tolist() for ranking in data.rankings] == [
        [80 + task + turn for turn in range(5)] for task in range(2)
    ]
    for task, ranking in enumerate(data.rankings):
        for number, features in zip(data.tasks[task], ranking.classes, strict=True):
            np.testing.assert_array_equal(features, data.classes[number])
    assert len({ranking.name for ranking in data.rankings}) == 2


def test_datasets_of_different_sizes_may_share_classes() -> None:
    """What two datasets have of a class is brought to the larger size; other datasets keep theirs."""
    digits = load_dataset("digits")
    half = np.arange(len(digits)) % 2
    named = replace(digits, class_names=tuple(f"n0000000{name}:digit {name}" for name in digits.class_names))
    small, large = (replace(named.select(np.flatnonzero(half == part)), name=f"part {part}") for part in (0, 1))
    evaluated = records(3, 4, "evaluated", 50.0)
    shared = [
        replace(record, dataset=part, classes=tuple(f"n0000000{name}:digit {name}" for name in record.classes))
        for record in evaluated
        for part in ("part 0", "part 1")
    ]
    data = recorded_database([*evaluated, *shared], [digits, small, large.resized(16)], space="mobilenetv3")

    assert len(data.classes) == 8  # four of digits, and four that the two parts share
    assert len(data.tasks) == 9
    assert len({len(features[0]) for features in data.classes}) == 1


def test_nothing_of_the_space_is_refused() -> None:
    with pytest.raises(InvalidArgument, match="got none in 12 records"):
        recorded_database(records(3, 4, "evaluated", 50.0), [load_dataset("digits")], space="darts")


def test_a_missing_dataset_is_named() -> None:
    with pytest.raises(InvalidDataset, match="'0' of digits"):
        recorded_database(records(3, 4, "evaluated", 50.0), [], space="mobilenetv3")
