"""A Gaussian process over rows of numbers, as a BoTorch model; imports torch."""

import math
from collections.abc import Sequence
from typing import Any

import torch
from botorch.models import SingleTaskGP
from botorch.optim.fit import fit_gpytorch_mll_scipy
from botorch.posteriors import GPyTorchPosterior, Posterior
from gpytorch.constraints import GreaterThan, Positive
from gpytorch.distributions import MultivariateNormal
from gpytorch.kernels import ScaleKernel
from gpytorch.likelihoods import GaussianLikelihood
from gpytorch.means import ZeroMean
from gpytorch.mlls import ExactMarginalLogLikelihood
from gpytorch.priors import LogNormalPrior
from linear_operator.operators import DiagLinearOperator
from linear_operator.utils.cholesky import psd_safe_cholesky
from linear_operator.utils.errors import NanError, NotPSDError
from torch import Tensor

from nas_plugins.spaces.errors import InvalidState
from nas_plugins.strategies.grouped_matern import GroupedMaternKernel


class GaussianProcess(SingleTaskGP):
    """BoTorch's exact Gaussian process with a length scale per group of columns, and posteriors at many single points.

    The kernel is a scaled Matérn 5/2 over Euclidean distances (:class:`GroupedMaternKernel`). Fitting maximises the
    marginal likelihood with priors on length scales, scale and noise, from the present hyperparameters, by L-BFGS; it
    draws no random numbers.

    Args:
        train_X: Rows ``(n, d)``, double.
        train_Y: Standardised outcomes ``(n, 1)``.
        widths: Columns of each group, ``d`` in all; one group where ``None``.

    References:
        Rasmussen and Williams, Gaussian Processes for Machine Learning, 2006 (algorithm 2.1, section 5.4.1).
        Balandat et al., BoTorch: A Framework for Efficient Monte-Carlo Bayesian Optimization, NeurIPS 2020.
    """

    def __init__(self, train_X: Tensor, train_Y: Tensor, widths: Sequence[int] | None = None) -> None:
        self._widths = (train_X.shape[-1],) if widths is None else tuple(widths)
        # Outcomes are standardised: a scale of about one, and little noise, since the clipped tail is flat.
        logarithmic = {"transform": torch.exp, "inv_transform": torch.log}
        kernel = ScaleKernel(
            GroupedMaternKernel(self._widths),
            outputscale_prior=LogNormalPrior(0.0, 1.0),
            outputscale_constraint=Positive(**logarithmic),
        )
        kernel.outputscale = 1.0
        noise = LogNormalPrior(math.log(0.02), 1.5)
        likelihood = GaussianLikelihood(noise_prior=noise, noise_constraint=GreaterThan(1e-4, **logarithmic))
        likelihood.noise = 0.02
        super().__init__(
            train_X,
            train_Y,
            likelihood=likelihood,
            covar_module=kernel,
            mean_module=ZeroMean(),
            outcome_transform=None,
        )

    def fit(self, steps: int = 10) -> "GaussianProcess":
        """Fit the hyperparameters in at most so many steps; returns the model in evaluation mode.

        Where the line search steps to hyperparameters whose covariance has no Cholesky factor, as a handful of nearly
        equal outcomes may let it, they stay what they were.
        """
        before = self.hyperparameters()
        likelihood = ExactMarginalLogLikelihood(self.likelihood, self)
        likelihood.train()
        try:
            fit_gpytorch_mll_scipy(likelihood, options={"maxiter": steps})
        except (NotPSDError, NanError):
            self.load_hyperparameters(before)
        self.eval()
        return self

    def hyperparameters(self) -> dict[str, list[float]]:
        """The raw values of the hyperparameters by name, as flat lists."""
        return {name: value.flatten().tolist() for name, value in self.named_parameters()}

    def load_hyperparameters(self, values: dict[str, Any]) -> None:
        """Take the values that :meth:`hyperparameters` gave.

        Raises:
            InvalidState: Other names or numbers of values than this model's.
        """
        parameters = dict(self.named_parameters())
        sizes = {name: parameter.numel() for name, parameter in parameters.items()}
        if not isinstance(values, dict) or {name: len(value) for name, value in values.items()} != sizes:
            raise InvalidState(f"wanted the hyperparameters {sizes}, got {values!r}; start anew")
        with torch.no_grad():
            for name, value in values.items():
                parameters[name].copy_(torch.tensor(value, dtype=torch.double).reshape(parameters[name].shape))

    def condition_on_observations(self, X: Tensor, Y: Tensor, **kwargs: Any) -> "GaussianProcess":
        """The process with further rows ``(m, d)`` and outcomes ``(m, 1)``; hyperparameters stay."""
        del kwargs
        (known,) = self.train_inputs
        conditioned = GaussianProcess(
            torch.cat([known, X]), torch.cat([self.train_targets.unsqueeze(-1), Y]), self._widths
        )
        conditioned.load_hyperparameters(self.hyperparameters())
        conditioned.eval()
        return conditioned

    def posterior(
        self,
        X: Tensor,
        output_indices: list[int] | None = None,
        observation_noise: bool | Tensor = False,
        posterior_transform: Any = None,
    ) -> Posterior:
        """The posterior of the noise-free function; of single points ``(b, 1, d)`` without their covariances.

        The general path copies the training rows once per point, which for a thousand points takes seconds.
        """
        single = X.dim() == 3 and X.shape[-2] == 1
        if not single or output_indices or observation_noise is not False or posterior_transform:
            return super().posterior(X, output_indices, observation_noise, posterior_transform)
        self.eval()
        rows, (known,) = X.squeeze(-2), self.train_inputs
        noise = self.likelihood.noise.expand(len(known))
        factor = psd_safe_cholesky(self.covar_module(known).to_dense() + torch.diag(noise))
        residual = (self.train_targets - self.mean_module(known)).unsqueeze(-1)
        weights = torch.cholesky_solve(residual, factor)
        shared = self.covar_module(known, rows).to_dense()  # (n, b)
        explained = torch.linalg.solve_triangular(factor, shared, upper=False).square().sum(0)
        mean = self.mean_module(rows) + (shared.mT @ weights).squeeze(-1)
        variance = (self.covar_module(rows, diag=True) - explained).clamp_min(1e-10)
        return GPyTorchPosterior(MultivariateNormal(mean.unsqueeze(-1), DiagLinearOperator(variance.unsqueeze(-1))))
