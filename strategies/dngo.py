"""DNGO: a network learns features, a Bayesian linear regression on them knows what it does not know; imports torch."""

import math
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Any

import numpy as np
import torch
from botorch.models.model import Model
from botorch.posteriors import GPyTorchPosterior
from gpytorch.distributions import MultivariateNormal
from scipy.optimize import minimize
from torch import Tensor, nn

from nas_plugins.spaces.errors import InvalidArgument
from nas_plugins.strategies.small_network import train_tanh_network

PRESETS: dict[str, dict[str, Any]] = {
    "default": {"widths": (50, 50, 50), "epochs": 200, "batch": None, "weight_decay": 1e-3},
    # Yan et al., 2020, as their code has it: one layer of 128, minibatches of 10, no weight decay.
    "paper": {"widths": (128,), "epochs": 100, "batch": 10, "weight_decay": 0.0},
}
"""Settings of :class:`DNGO` by name; ``default`` has the three layers of 50 of Snoek et al., 2015 (section 3.1)."""


class DNGO(Model):
    r"""Adaptive basis regression as a BoTorch model.

    A network with tanh layers and a linear output is trained on the outcomes by Adam; its last hidden layer and a
    constant are the features :math:`\phi`. On them, outcomes are :math:`w^T\phi` plus noise of precision
    :math:`\beta`, with :math:`w \sim N(0, \alpha^{-1} I)`; both precisions maximise the evidence.

    The published code of arch2vec adds a residual norm that is not squared to the evidence, takes the predictive
    variance for the standard deviation, and has no constant feature; none of this is repeated here, under any preset.

    Args:
        train_X: Rows ``(n, d)``, double; standardised inside.
        train_Y: Standardised outcomes ``(n, 1)``, double.
        widths: Units of the hidden layers.
        epochs: Passes over the rows.
        batch: Rows of a step of Adam; ``None`` takes all of them.
        weight_decay: Of the network; the head has its own prior.
        learning_rate: Of Adam.
        seed: Of the initial weights and of the order of the rows; no global generator is used.

    Raises:
        InvalidArgument: No hidden layer.

    References:
        Snoek et al., Scalable Bayesian Optimization Using Deep Neural Networks, ICML 2015 (equations 3 to 9). Bishop,
        Pattern Recognition and Machine Learning, 2006 (section 3.5).
    """

    def __init__(
        self,
        train_X: Tensor,
        train_Y: Tensor,
        *,
        widths: Sequence[int] = (50, 50, 50),
        epochs: int = 200,
        batch: int | None = None,
        weight_decay: float = 1e-3,
        learning_rate: float = 0.01,
        seed: int = 0,
    ) -> None:
        super().__init__()
        if not widths:
            raise InvalidArgument("wanted at least one hidden layer, got none")
        generator = torch.Generator().manual_seed(seed)
        spread = train_X.std(0, correction=0)
        self._centre, self._spread = train_X.mean(0), torch.where(spread > 0, spread, 1.0)
        self.layers, output = _network(train_X.shape[-1], widths, generator)
        _train(
            [*(layer for layer in self.layers if isinstance(layer, nn.Linear)), output],
            self._standardised(train_X),
            train_Y,
            epochs=epochs,
            batch=batch,
            learning_rate=learning_rate,
            weight_decay=weight_decay,
            generator=generator,
        )
        self.requires_grad_(False)
        features = self._features(train_X)
        self.alpha, self.beta = _evidence_maximum(features.numpy(), train_Y.squeeze(-1).numpy())
        identity = torch.eye(features.shape[-1], dtype=features.dtype)
        self._precision = self.alpha * identity + self.beta * features.mT @ features
        self._moment = self.beta * features.mT @ train_Y
        self.eval()

    @property
    def num_outputs(self) -> int:
        """One."""
        return 1

    @property
    def batch_shape(self) -> torch.Size:
        """None."""
        return torch.Size()

    def posterior(
        self,
        X: Tensor,
        output_indices: list[int] | None = None,
        observation_noise: bool | Tensor = False,
        posterior_transform: Any = None,
    ) -> Any:
        """The joint normal distribution at ``(..., q, d)``, with noise where ``observation_noise`` is ``True``."""
        del output_indices  # there is one output
        features = self._features(X)
        factor, weights = self._head
        mean = (features @ weights).squeeze(-1)
        # One solve for the points of all batches: a solve per batch takes a hundred times as long.
        half = torch.linalg.solve_triangular(factor, features.flatten(0, -2).mT, upper=False).mT.view_as(features)
        noise = 1 / self.beta if observation_noise is True else 1e-10
        covariance = half @ half.mT + noise * torch.eye(X.shape[-2], dtype=X.dtype)
        posterior = GPyTorchPosterior(MultivariateNormal(mean, covariance))
        return posterior if posterior_transform is None else posterior_transform(posterior)

    def condition_on_observations(self, X: Tensor, Y: Tensor, **kwargs: Any) -> "DNGO":
        """The model with further rows ``(m, d)`` and outcomes ``(m, 1)`` in the head; network and precisions stay."""
        del kwargs
        conditioned = DNGO.__new__(DNGO)
        Model.__init__(conditioned)
        conditioned._centre, conditioned._spread, conditioned.layers = self._centre, self._spread, self.layers
        conditioned.alpha, conditioned.beta = self.alpha, self.beta
        features = self._features(X)
        conditioned._precision = self._precision + self.beta * features.mT @ features
        conditioned._moment = self._moment + self.beta * features.mT @ Y
        return conditioned.eval()

    @cached_property
    def _head(self) -> tuple[Tensor, Tensor]:
        """The factor of the precision of the head's weights, and their mean ``(k, 1)``."""
        factor = torch.linalg.cholesky(self._precision)
        return factor, torch.cholesky_solve(self._moment, factor)

    def _standardised(self, X: Tensor) -> Tensor:
        return (X - self._centre) / self._spread

    def _features(self, X: Tensor) -> Tensor:
        hidden = self.layers(self._standardised(X))
        return torch.cat([hidden, torch.ones_like(hidden[..., :1])], dim=-1)


def _network(inputs: int, widths: Sequence[int], generator: torch.Generator) -> tuple[nn.Sequential, nn.Linear]:
    """Hidden layers and output with torch's usual initial weights, drawn from a generator of our own."""
    hidden: list[nn.Module] = []
    for width in (*widths, 1):
        linear = nn.utils.skip_init(nn.Linear, inputs, width, dtype=torch.float64)
        bound = 1 / math.sqrt(inputs)
        for parameter in linear.parameters():
            nn.init.uniform_(parameter, -bound, bound, generator=generator)
        hidden += [linear, nn.Tanh()]
        inputs = width
    return nn.Sequential(*hidden[:-2]), linear


def _train(
    linear: Sequence[nn.Linear],
    rows: Tensor,
    outcomes: Tensor,
    *,
    epochs: int,
    batch: int | None,
    learning_rate: float,
    weight_decay: float,
    generator: torch.Generator,
) -> None:
    def batches() -> Iterator[np.ndarray[Any, Any]]:
        for _ in range(epochs):
            order = torch.randperm(len(rows), generator=generator) if batch else torch.arange(len(rows))
            indices, size = order.numpy(), batch or len(rows)
            yield from (indices[start : start + size] for start in range(0, len(indices), size))

    trained = train_tanh_network(
        [(layer.weight.detach().numpy(), layer.bias.detach().numpy()) for layer in linear],
        rows.numpy(),
        outcomes.squeeze(-1).numpy(),
        batches(),
        learning_rate=learning_rate,
        weight_decay=weight_decay,
    )
    with torch.no_grad():
        for layer, (weight, bias) in zip(linear, trained, strict=True):
            layer.weight.copy_(torch.from_numpy(weight))
            layer.bias.copy_(torch.from_numpy(bias))


def _evidence_maximum(features: np.ndarray[Any, Any], outcomes: np.ndarray[Any, Any]) -> tuple[float, float]:
    """The precisions of weights and noise that maximise the evidence of outcomes ``(n,)`` given features ``(n, k)``.

    The outcomes are normal with covariance ``features @ features.T / alpha + identity / beta``, whose eigenvalues
    follow from the singular values of the features.
    """
    left, singular, _ = np.linalg.svd(features, full_matrices=False)
    projected = np.square(left.T @ outcomes)
    beyond = max(float(outcomes @ outcomes - projected.sum()), 0.0)
    spare = len(outcomes) - len(singular)

    def negative_log_evidence(logs: np.ndarray[Any, Any]) -> tuple[float, list[float]]:
        """The value, but for a constant, and its slopes in the logarithms of both precisions."""
        alpha, beta = np.exp(logs)
        signal = np.square(singular) / alpha
        eigenvalues = signal + 1 / beta
        fit = float((projected / eigenvalues).sum() + beta * beyond)
        value = 0.5 * (fit + float(np.log(eigenvalues).sum()) - spare * float(logs[1]))
        slopes = (1 - projected / eigenvalues) / eigenvalues
        return value, [
            -0.5 * float(slopes @ signal),
            0.5 * (float(beta * beyond) - float(slopes.sum() / beta) - spare),
        ]

    starts = [(a, b) for a in (-2.0, 2.0) for b in (0.0, 4.0)]
    found = [
        minimize(negative_log_evidence, start, jac=True, method="L-BFGS-B", bounds=[(-10.0, 10.0), (-3.0, 10.0)])
        for start in starts
    ]
    best = min(found, key=lambda result: float(result.fun))
    alpha, beta = np.exp(best.x)
    return float(alpha), float(beta)
