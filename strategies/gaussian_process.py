"""A Gaussian process over rows of numbers, as a BoTorch model; imports torch."""

from typing import Any

import torch
from botorch.models import SingleTaskGP
from botorch.models.utils.gpytorch_modules import get_gaussian_likelihood_with_lognormal_prior
from botorch.optim.fit import fit_gpytorch_mll_scipy
from botorch.posteriors import GPyTorchPosterior, Posterior
from gpytorch.constraints import GreaterThan
from gpytorch.distributions import MultivariateNormal
from gpytorch.kernels import MaternKernel, ScaleKernel
from gpytorch.mlls import ExactMarginalLogLikelihood
from gpytorch.priors import LogNormalPrior
from linear_operator.operators import DiagLinearOperator
from linear_operator.utils.cholesky import psd_safe_cholesky
from torch import Tensor

from nas_plugins.spaces.errors import InvalidState


class GaussianProcess(SingleTaskGP):
    """BoTorch's exact Gaussian process with one length scale, and posteriors at many single points that cost little.

    The kernel is a scaled Matérn 5/2 over Euclidean distances. Fitting maximises the marginal likelihood with priors on
    length scale and noise, from the present hyperparameters, by L-BFGS; it draws no random numbers.

    Args:
        train_X: Rows ``(n, d)``, double.
        train_Y: Standardised outcomes ``(n, 1)``.

    References:
        Rasmussen and Williams, Gaussian Processes for Machine Learning, 2006 (algorithm 2.1, section 5.4.1).
        Balandat et al., BoTorch: A Framework for Efficient Monte-Carlo Bayesian Optimization, NeurIPS 2020.
    """

    def __init__(self, train_X: Tensor, train_Y: Tensor) -> None:
        length_scale = LogNormalPrior(loc=1.8, scale=1.0)  # median 6: smooth over a few choices and counts
        kernel = ScaleKernel(
            MaternKernel(
                nu=2.5,
                lengthscale_prior=length_scale,
                lengthscale_constraint=GreaterThan(0.025, transform=None, initial_value=length_scale.mode),
            )
        )
        super().__init__(
            train_X,
            train_Y,
            likelihood=get_gaussian_likelihood_with_lognormal_prior(),
            covar_module=kernel,
            outcome_transform=None,
        )

    def fit(self, steps: int = 30) -> "GaussianProcess":
        """Fit the hyperparameters in at most so many steps; returns the model in evaluation mode."""
        likelihood = ExactMarginalLogLikelihood(self.likelihood, self)
        likelihood.train()
        fit_gpytorch_mll_scipy(likelihood, options={"maxiter": steps})
        self.eval()
        return self

    def hyperparameters(self) -> dict[str, float]:
        """The raw values of the hyperparameters, each one number."""
        return {name: value.item() for name, value in self.named_parameters()}

    def load_hyperparameters(self, values: dict[str, Any]) -> None:
        """Take the values that :meth:`hyperparameters` gave.

        Raises:
            InvalidState: Other names than this model's, or no numbers.
        """
        parameters = dict(self.named_parameters())
        if not isinstance(values, dict) or values.keys() != parameters.keys():
            raise InvalidState(f"wanted the hyperparameters {list(parameters)}, got {values!r}")
        with torch.no_grad():
            for name, value in values.items():
                parameters[name].fill_(float(value))

    def condition_on_observations(self, X: Tensor, Y: Tensor, **kwargs: Any) -> "GaussianProcess":
        """The process with further rows ``(m, d)`` and outcomes ``(m, 1)``; hyperparameters stay."""
        del kwargs
        (known,) = self.train_inputs
        conditioned = GaussianProcess(torch.cat([known, X]), torch.cat([self.train_targets.unsqueeze(-1), Y]))
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
