"""Outcomes: scores as models of them like them."""

import numpy as np
import pytest

from nas_plugins.strategies.outcomes import standardise

LOSSES = -np.random.default_rng(0).uniform(0.3, 3.0, 20)


@pytest.mark.parametrize("diverged", [-1e6, -1e12, -1e300])
@pytest.mark.parametrize("count", [3, 20])
def test_a_score_that_diverged_hides_no_differences(diverged: float, count: int) -> None:
    """The order of the others remains, in numbers that a model can tell apart, from the first few scores on."""
    scores = np.append(LOSSES[:count], diverged)
    outcomes = standardise(scores, clipped=0.0)
    kept = outcomes[:count]

    assert np.isfinite(outcomes).all()
    assert (np.argsort(kept) == np.argsort(scores[:count])).all()
    assert np.diff(np.sort(kept)).min() > 1e-7
    assert outcomes[-1] == outcomes.min()


@pytest.mark.parametrize("clipped", [0.1, 0.3])
def test_what_a_score_that_diverged_is_does_not_matter_once_there_are_many(clipped: float) -> None:
    """Raised to the lowest of the rest, it leaves the outcomes that any bad score leaves."""
    usual, diverged = (standardise(np.append(LOSSES, bad), clipped=clipped) for bad in (-4.0, -1e15))

    assert diverged == pytest.approx(usual)


@pytest.mark.parametrize("scale", [1e-9, 1.0, 1e300])
def test_outcomes_have_mean_zero_and_variance_one(scale: float) -> None:
    """Whatever the magnitude of the scores."""
    outcomes = standardise(LOSSES * scale)

    assert outcomes.mean() == pytest.approx(0, abs=1e-12)
    assert outcomes.std() == pytest.approx(1)
    assert outcomes == pytest.approx(standardise(LOSSES))


@pytest.mark.parametrize("scores", [[5.0], [0.0, 0.0], [0.1 + 0.2, 0.3], [-7.0] * 3])
def test_equal_scores_are_zeros(scores: list[float]) -> None:
    """Up to the rounding of sums."""
    assert not standardise(scores).any()
