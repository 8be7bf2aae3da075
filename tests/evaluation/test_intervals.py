"""Confidence intervals of means over runs."""

import math

import numpy as np
import pytest

from nas_plugins.evaluation import mean_interval


def test_interval_is_students():
    """Two values 2 apart: deviation sqrt(2), error 1, times 12.706, the tabled quantile for one degree of freedom."""
    assert mean_interval([1.0, 3.0]) == pytest.approx(12.7062, rel=1e-4)


def test_interval_covers_the_mean_as_often_as_it_says():
    """2,000 samples of five: coverage within 0.95 +- 0.02; false alarms below 1e-4 (four standard errors)."""
    samples = np.random.default_rng(0).normal(size=(2000, 5))
    covered = np.mean([abs(sample.mean()) <= mean_interval(sample) for sample in samples])

    assert abs(covered - 0.95) < 0.02


@pytest.mark.parametrize("values", [[], [1.0], [1.0, math.nan]])
def test_fewer_than_two_values_have_no_interval(values):
    assert math.isnan(mean_interval(values))
