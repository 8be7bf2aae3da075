"""DNGO's Bayesian head, against the normal distribution it stands for."""

import numpy as np
import pytest
import torch
from scipy.optimize import approx_fprime
from scipy.stats import multivariate_normal

from nas_plugins.strategies import dngo
from nas_plugins.strategies.dngo import DNGO


@pytest.mark.parametrize(("observations", "features"), [(40, 6), (12, 30)])
def test_the_precisions_maximise_the_evidence(observations: int, features: int) -> None:
    """The density of the outcomes, written out with scipy, has no slope there and is lower beside it."""
    rng = np.random.default_rng(0)
    basis = rng.standard_normal((observations, features))
    outcomes = basis[:, :3].sum(1) + 0.5 * rng.standard_normal(observations)

    def log_evidence(logs: np.ndarray) -> float:
        alpha, beta = np.exp(logs)
        covariance = basis @ basis.T / alpha + np.eye(observations) / beta
        return float(multivariate_normal(cov=covariance).logpdf(outcomes))

    found = np.log(dngo._evidence_maximum(basis, outcomes))

    np.testing.assert_allclose(approx_fprime(found, log_evidence, 1e-6), 0, atol=1e-2)
    for step in ([0.3, 0], [-0.3, 0], [0, 0.3], [0, -0.3]):
        assert log_evidence(found + step) < log_evidence(found)


def test_a_told_row_narrows_the_posterior_there() -> None:
    """Conditioning on an outcome moves the mean to it and shrinks the variance, network and precisions the same."""
    rng = np.random.default_rng(0)
    rows = torch.from_numpy(rng.standard_normal((20, 4)))
    model = DNGO(rows, rows[:, :1].tanh(), seed=0, epochs=50)
    point, outcome = torch.full((1, 4), 3.0, dtype=torch.double), torch.tensor([[4.0]], dtype=torch.double)
    before = model.posterior(point)
    after = model.condition_on_observations(point, outcome).posterior(point)

    assert abs(float(after.mean) - 4.0) < abs(float(before.mean) - 4.0)
    assert float(after.variance) < float(before.variance)
