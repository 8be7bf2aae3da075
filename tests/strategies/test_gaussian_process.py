"""The Gaussian process: its short path to predictions against GPyTorch's own, and fits that fail."""

import numpy as np
import pytest
import torch
from linear_operator.utils.errors import NanError, NotPSDError

from nas_plugins.strategies import gaussian_process
from nas_plugins.strategies.gaussian_process import GaussianProcess


@pytest.fixture
def process() -> GaussianProcess:
    """A process over two groups of columns, not fitted yet."""
    rng = np.random.default_rng(0)
    rows = torch.from_numpy(rng.standard_normal((12, 5)))
    return GaussianProcess(rows, (rows[:, :1] - rows[:, 3:4]).tanh(), widths=(3, 2))


def test_posteriors_of_single_points_are_the_general_ones(process: GaussianProcess) -> None:
    """The path without covariances agrees with GPyTorch's own."""
    points = torch.from_numpy(np.random.default_rng(1).standard_normal((7, 1, 5)))
    process.fit()
    single, general = process.posterior(points), process.posterior(points.squeeze(-2))
    torch.testing.assert_close(single.mean.squeeze(), general.mean.squeeze(), rtol=1e-6, atol=1e-8)
    torch.testing.assert_close(single.variance.squeeze(), general.variance.squeeze(), rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize("error", [NotPSDError, NanError])
def test_a_fit_that_fails_leaves_what_was_there(
    process: GaussianProcess, error: type[Exception], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A line search that ends where nothing can be computed costs the fit, not the search."""
    process.fit()
    before = process.hyperparameters()

    def explode(likelihood: torch.nn.Module, **_: object) -> None:
        with torch.no_grad():
            for parameter in likelihood.parameters():
                parameter.fill_(1e9)
        raise error

    monkeypatch.setattr(gaussian_process, "fit_gpytorch_mll_scipy", explode)
    fitted = process.fit()

    assert fitted.hyperparameters() == before
    assert fitted.posterior(torch.zeros(3, 1, 5, dtype=torch.double)).mean.isfinite().all()
