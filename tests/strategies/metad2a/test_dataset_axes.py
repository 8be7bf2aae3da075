"""Axes of datasets: where source tasks differ, in their standard deviations, and no further out than they are."""

import numpy as np
import pytest

from nas_plugins.spaces.errors import InvalidArgument
from nas_plugins.strategies.metad2a.dataset_axes import DatasetAxes


def tasks(count: int = 40, seed: int = 0) -> np.ndarray:
    """Much difference along the third feature, some along the first, next to none else."""
    rng = np.random.default_rng(seed)
    return 5 + rng.normal(size=(count, 6)) * [1, 0.01, 3, 0.01, 0.01, 0.01]


def test_tasks_lie_around_zero_with_a_deviation_of_one() -> None:
    """The widest direction comes first; few of forty lie beyond two deviations, so clipping changes little."""
    features = tasks()
    axes = DatasetAxes.fit(features)
    assert axes is not None
    assert axes.directions.shape == (2, 6)
    where = np.array([axes(own) for own in features])
    assert where.mean(0) == pytest.approx(0, abs=0.1)
    assert where.std(0) == pytest.approx(1, abs=0.1)
    assert abs(np.corrcoef(where[:, 0], features[:, 2])[0, 1]) > 0.95
    assert abs(np.corrcoef(where[:, 1], features[:, 0])[0, 1]) > 0.95


def test_what_lies_far_out_counts_as_the_nearest_that_was_seen() -> None:
    axes = DatasetAxes.fit(tasks())
    assert axes is not None
    assert np.abs(axes(np.full(6, 1e6))).tolist() == [2, 2]


def test_a_copy_from_arrays_tells_the_same() -> None:
    features = tasks()
    axes = DatasetAxes.fit(features)
    assert axes is not None
    assert DatasetAxes.from_arrays(axes.arrays())(features[0]).tolist() == axes(features[0]).tolist()


def test_one_difference_makes_one_axis_and_none_makes_none() -> None:
    line = np.outer(np.linspace(-1, 1, 12), np.ones(6))
    axes = DatasetAxes.fit(line)
    assert axes is not None
    assert len(axes.directions) == 1
    assert DatasetAxes.fit(np.ones((12, 6))) is None


def test_few_tasks_make_no_axes() -> None:
    assert DatasetAxes.fit(tasks(9)) is None


def test_features_of_another_extractor_are_refused() -> None:
    axes = DatasetAxes.fit(tasks())
    assert axes is not None
    with pytest.raises(InvalidArgument, match=r"shape \(6,\), got \(7,\)"):
        axes(np.zeros(7))
    with pytest.raises(InvalidArgument, match="directions"):
        DatasetAxes(np.zeros(7), np.zeros((2, 6)))
