"""A model of residuals made a model of outcomes; imports torch."""

from typing import Any

from botorch.models.model import Model
from botorch.posteriors import GPyTorchPosterior, Posterior
from gpytorch.distributions import MultivariateNormal
from torch import Tensor


class ShiftedModel(Model):
    """A model of one outcome plus a known mean, which stands in the last column of its rows.

    Args:
        residuals: Models what the mean leaves, from rows without that column.
    """

    def __init__(self, residuals: Model) -> None:
        super().__init__()
        self.residuals = residuals

    @property
    def num_outputs(self) -> int:
        """One."""
        return 1

    def posterior(self, X: Tensor, *args: Any, **kwargs: Any) -> Posterior:
        """The posterior at rows ``(..., q, d + 1)``."""
        normal = self.residuals.posterior(X[..., :-1], *args, **kwargs).distribution
        return GPyTorchPosterior(MultivariateNormal(normal.mean + X[..., -1], normal.lazy_covariance_matrix))
